import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { planOf } from '../../../src/savings/plan.ts';
import { validatePlan } from '../../../src/savings/plan-validation.ts';
import { at, DAY } from '../../fixtures/measures.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'negawatt-measures-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const load = async (yaml: string) => {
  const file = join(dir, 'c.yaml');
  writeFileSync(file, yaml);
  return loadConfig({ file });
};
const measure = async (item: string) => {
  const loaded = await load(`measures:\n  - {${item}}\n`);
  if (!loaded.ok) throw new Error(loaded.problems.map(({ what }) => what).join('\n'));
  const [one] = loaded.config.measures;
  if (one === undefined) throw new Error('no measure');
  return one;
};
/** Problems with their lines. */
const problems = async (...items: string[]): Promise<readonly string[]> => {
  const loaded = await load(`measures:\n${items.map((item) => `  - {${item}}\n`).join('')}`);
  return loaded.ok
    ? []
    : loaded.problems.map(
        ({ place, what }) => `${place.replace(`${join(dir, 'c.yaml')}:`, '').replace(/:\d+$/, '')} ${what}`,
      );
};

const FOUR = 'name: colo, hosts: [b, a], start: 2026-03-02, work: requests';

describe('what makes a plan', () => {
  test('name, hosts, start and work are enough; all else has the defaults that are printed', async () => {
    const one = await measure(FOUR);
    const plan = planOf(one, 'here', { hosts: ['b', 'a'], control: [] });
    expect(plan).toEqual({
      name: 'colo',
      kind: 'other',
      selector: { hosts: ['a', 'b'] },
      hosts: ['a', 'b'],
      controlSelector: undefined,
      control: [],
      baseline: { from: at('2026-02-02'), to: at('2026-03-02') },
      start: at('2026-03-02'),
      ramp: [],
      schedule: undefined,
      work: [{ unit: 'requests' }],
      drivers: [],
      guards: [],
      boundary: 'host',
      option: 'B',
      residual: { measured: false, watts: 20, source: expect.stringMatching(/^assumption/) },
      reportAt: [at('2026-03-30')],
      step: 3600,
      nonRoutine: [],
      overlaps: [],
      overrides: {},
      withdrawn: undefined,
    });
  });

  test('the baseline is as many whole weeks as the first report is away, at least four', async () => {
    const baseline = async (report: string) => {
      const plan = planOf(await measure(`${FOUR}, report_at: [${report}]`), '', { hosts: [], control: [] });
      expect(plan.baseline.to).toBe(plan.start);
      return (plan.baseline.to - plan.baseline.from) / DAY;
    };
    expect(await baseline('2026-03-09')).toBe(28);
    expect(await baseline('2026-04-01')).toBe(35);
    expect(await baseline('2026-09-01, 2027-03-01')).toBe(189);
    expect(await baseline('2029-03-01')).toBe(364);
  });

  test('times with a zone are the same instants as in UTC', async () => {
    const one = await measure('name: colo, hosts: self, start: 2026-03-02T08:00+08:00, work: requests');
    expect(planOf(one, 'here', { hosts: [], control: [] })).toMatchObject({
      start: at('2026-03-02'),
      selector: { hosts: ['here'] },
    });
  });

  test('everything that a plan can say is taken', async () => {
    const one = await measure(
      [
        'name: full, kind: colocation, scope: {match: {cluster: east}, hosts: [x]}, start: 2026-03-02',
        'baseline: {from: 2026-01-05, to: 2026-02-23}, schedule: {design: switchback, block: 24h, washout: 2h, seed: 42}',
        "work: [{unit: requests, query: 'sum(increase(http_requests_total[1h]))'}, {unit: tasks, class: batch}]",
        'drivers: [inlet_celsius, {name: outdoor, query: avg(outdoor_celsius)}]',
        'guards: [{name: p99, query: q, max_degradation: 0.1}], control: {match: {cluster: west}}, boundary: rack',
        'option: A, off_hosts: {residual_watts: 12, source: data sheet}, report_at: [2026-05-01, 2026-04-01], step: 30m',
        'nonroutine: [{at: 2026-03-10, until: 2026-03-11, what: firmware, hosts: [x], delta_watts: -30, uncertainty_watts: 5, evidence: OPS-1}]',
        'overlaps: [other], overrides: {p99: nobody waits}, withdrawn: too noisy, arm_file: /run/x.arm',
      ].join(', '),
    );
    expect(planOf(one, '', { hosts: ['x'], control: ['w'] })).toMatchObject({
      kind: 'colocation',
      selector: { match: { cluster: 'east' }, hosts: ['x'] },
      controlSelector: { match: { cluster: 'west' } },
      schedule: { design: 'switchback', block: DAY, washout: 7200, seed: '42' },
      work: [
        { unit: 'requests', query: 'sum(increase(http_requests_total[1h]))' },
        { unit: 'tasks', workloadClass: 'batch' },
      ],
      drivers: [
        { name: 'inlet_celsius', query: 'inlet_celsius' },
        { name: 'outdoor', query: 'avg(outdoor_celsius)' },
      ],
      guards: [{ name: 'p99', query: 'q', maxDegradation: 0.1 }],
      residual: { measured: false, watts: 12, source: 'data sheet' },
      reportAt: [at('2026-04-01'), at('2026-05-01')],
      step: 1800,
      nonRoutine: [{ at: at('2026-03-10'), deltaWatts: -30, hosts: ['x'] }],
      overlaps: ['other'],
      withdrawn: 'too noisy',
    });
  });

  test('with a ramp the start is its first time', async () => {
    const one = await measure(
      'name: r, hosts: [a], work: requests, ramp: [{at: 2026-03-02, share: 0.5}, {at: 2026-03-09, share: 1}]',
    );
    const plan = planOf(one, '', { hosts: ['a'], control: [] });
    expect(plan.start).toBe(at('2026-03-02'));
    expect(plan.ramp).toEqual([
      [at('2026-03-02'), 0.5],
      [at('2026-03-09'), 1],
    ]);
  });
});

describe('what is refused says where, what and what to do', () => {
  test.each([
    [
      'a second measure of the same name: it would have two exporters',
      [FOUR, 'name: colo, hosts: self, start: 2026-03-02, work: requests'],
      '3 measures.1.name is colo, as measures.0.name is; each measure has one plan and one exporter: rename one of them',
    ],
    [
      'a slip of the pen',
      [`${FOUR}, basline: {}`],
      '2 measures.0.basline is no key of the configuration; did you mean measures.0.baseline?',
    ],
    [
      'no hosts',
      ['name: a, start: 2026-03-02, work: requests'],
      '2 measures.0 names no hosts; add hosts: [node-1, node-2], hosts: self, or scope: {match: {pool: web}}',
    ],
    [
      'hosts twice',
      [`${FOUR}, scope: {match: {a: b}}`],
      '2 measures.0.scope stands beside hosts; leave one of the two out: scope takes names too, as scope.hosts',
    ],
    [
      'an empty scope',
      ['name: a, scope: {}, start: 2026-03-02, work: requests'],
      '2 measures.0.scope is empty; name labels (match) or hosts, so that no host gets in by accident',
    ],
    [
      'no start',
      ['name: a, hosts: self, work: requests'],
      '2 measures.0 has no start; add start: 2026-03-01, or ramp where hosts got it by and by',
    ],
    [
      'watts without a source',
      [`${FOUR}, off_hosts: {residual_watts: 20}`],
      '2 measures.0.off_hosts states watts without their source; add source: the data sheet or the measurement',
    ],
    [
      'blocks that drift through the day',
      [`${FOUR}, schedule: {design: switchback, block: 7h}`],
      '2 measures.0.schedule.block does not come out even with days, so parts of the day could not be balanced; take 1, 2, 3, 4, 6, 8, 12 or 24 h, or whole days',
    ],
    [
      'an arm that nothing draws',
      [`${FOUR}, arm_file: /run/a`],
      '2 measures.0.arm_file has nothing to say without schedule: {design: switchback}; add that, or leave it out',
    ],
    [
      'a guard twice',
      [`${FOUR}, guards: [{name: p99}, {name: p99}]`],
      '2 measures.0.guards.1.name is p99 a second time; give each guard its own name',
    ],
    [
      'a day that is none',
      ['name: a, hosts: self, start: 2026-02-30, work: requests'],
      '2 measures.0.start is "2026-02-30"; it must be a date such as 2026-01-01 (UTC), or a time with its zone such as 2026-01-01T08:00Z, for example "2026-01-01"',
    ],
    [
      'a time without a zone',
      ['name: a, hosts: self, start: "2026-02-20T08:00", work: requests'],
      '2 measures.0.start is "2026-02-20T08:00"; it must be a date such as 2026-01-01 (UTC), or a time with its zone such as 2026-01-01T08:00Z, for example "2026-01-01"',
    ],
    [
      'an unknown design',
      [`${FOUR}, schedule: {design: switchbak}`],
      '2 measures.0.schedule.design is "switchbak"; it must be one of switchback, ab; did you mean switchback?',
    ],
    [
      'an unknown selector',
      [`${FOUR}, control: {mach: {a: b}}`],
      '2 measures.0.control.mach is no key of the configuration; did you mean measures.0.control.match?',
    ],
  ] as const)('%s', async (_, items, message) => {
    expect(await problems(...items)).toContain(message);
  });
});

test('the shipped example is accepted, begins with the four keys alone, and no plan in it has an error', async () => {
  const loaded = await loadConfig({
    file: join(import.meta.dirname, '../../../config/examples/measures.yaml'),
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const { measures } = loaded.config;
  const defaults = ['kind', 'drivers', 'guards', 'boundary', 'option', 'nonroutine', 'overlaps', 'overrides'];
  expect(Object.keys(measures[0] ?? {}).filter((key) => !defaults.includes(key))).toEqual([
    ...['name', 'hosts', 'start', 'work'],
  ]);
  for (const one of measures) {
    const plan = planOf(one, 'here', { hosts: one.hosts === 'self' ? ['here'] : [], control: [] });
    const found = validatePlan(plan, {
      expanded: false,
      known: measures.map(({ name }) => name),
      overlaps: [],
    });
    expect(
      found.filter(({ severity }) => severity === 'error'),
      one.name,
    ).toEqual([]);
  }
});

test('without measures the list is empty, and the rest of the configuration is as before', async () => {
  const loaded = await loadConfig({});
  expect(loaded.ok && loaded.config.measures).toEqual([]);
});
