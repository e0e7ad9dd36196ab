import { describe, expect, test } from 'vitest';
import type { MeasurePlan } from '../../../src/model/measure.ts';
import type { PlanContext } from '../../../src/savings/plan-finding.ts';
import { overlapsOf, touchedControls, withOverlaps } from '../../../src/savings/plan-overlaps.ts';
import { validatePlan } from '../../../src/savings/plan-validation.ts';
import type { WrittenMeasure } from '../../../src/savings/written-measure.ts';
import { ratio } from '../../../src/units.ts';
import { at, planned } from '../../fixtures/measures.ts';

const ms = (text: string): number => Date.parse(text);
const CONTEXT: PlanContext = { now: at('2026-02-20'), expanded: true, known: ['colo'], overlaps: [] };
const judged = (more: Partial<WrittenMeasure> = {}, context: Partial<PlanContext> = {}) =>
  validatePlan(planned(more), { ...CONTEXT, ...context });
const flags = (...input: Parameters<typeof judged>): readonly string[] =>
  judged(...input).map(({ severity, flag }) => `${severity} ${flag}`);
const baseline = (from: string, to: string) => ({ baseline: { from: ms(from), to: ms(to) } });
const GUARD = { name: 'p99', query: 'q', max_degradation: ratio(0.05) };

test('the simplest plan has nothing wrong with it', () => {
  expect(judged()).toEqual([]);
});

describe('each mistake has its reason and its remedy', () => {
  test.each<[string, Partial<WrittenMeasure>, Partial<PlanContext>, string, RegExp, RegExp]>([
    [
      'a baseline with days of the measure',
      baseline('2026-01-26', '2026-03-09'),
      {},
      'error baseline_overlaps_start',
      /runs until 2026-03-09, the measure starts at 2026-03-02/,
      /End the baseline by 2026-03-02/,
    ],
    [
      'a baseline that ends first',
      baseline('2026-02-23', '2026-01-26'),
      {},
      'error baseline_backwards',
      /ends \(2026-01-26\) before it begins/,
      /Swap/,
    ],
    [
      'less than two weeks',
      baseline('2026-02-17', '2026-03-02'),
      {},
      'error baseline_short',
      /13 days long/,
      /Begin it by 2026-02-02/,
    ],
    [
      'three weeks',
      baseline('2026-02-09', '2026-03-02'),
      {},
      'warning baseline_brief',
      /extreme week/,
      /2026-02-02/,
    ],
    [
      'ten weeks and a day',
      baseline('2025-12-21', '2026-03-02'),
      {},
      'warning baseline_uneven',
      /71 days is not of whole weeks/,
      /Begin it at 2025-12-15/,
    ],
    [
      'a baseline that is all ahead',
      {},
      { now: at('2026-01-01') },
      'warning baseline_ahead',
      /only begins at 2026-02-02/,
      /Check again/,
    ],
    [
      'a verdict before the start',
      { report_at: [ms('2026-03-01')] },
      {},
      'error report_before_start',
      /nothing to judge/,
      /2026-03-30/,
    ],
    [
      'a verdict after three days',
      { report_at: [ms('2026-03-05')] },
      {},
      'warning report_brief',
      /3 days after the start/,
      /2026-03-09/,
    ],
    [
      'a start within an hour',
      { start: ms('2026-03-02T08:20Z') },
      {},
      'error not_on_step',
      /interval of 60 minutes/,
      /2026-03-02 09:00|2026-02-02 09:00/,
    ],
    [
      'a ramp that stops half way',
      { ramp: [{ at: ms('2026-03-02'), share: 0.5 }] },
      {},
      'error ramp_unfinished',
      /share of 0.5/,
      /share 1/,
    ],
    [
      'a ramp that goes back',
      {
        ramp: [
          { at: ms('2026-03-02'), share: 0.5 },
          { at: ms('2026-03-01'), share: 1 },
        ],
      },
      {},
      'error ramp_unsorted',
      /back in time/,
      /order of time/,
    ],
    [
      'a ramp that starts elsewhere',
      { ramp: [{ at: ms('2026-03-03'), share: 1 }] },
      {},
      'error ramp_elsewhere',
      /2026-03-03, start says 2026-03-02/,
      /Leave start out/,
    ],
    [
      'a host on both sides',
      { control: ['a', 'z'] },
      {},
      'error control_in_scope',
      /^a is both in the scope and in the control/,
      /Take them out/,
    ],
    [
      'too few untouched hosts',
      { control: ['y', 'z'] },
      {},
      'warning few_controls',
      /2 untouched hosts are few/,
      /8 or more/,
    ],
    ['a scope without hosts', { hosts: [] }, {}, 'error no_hosts', /No host fits/, /names and labels/],
    [
      'pools of one host each',
      { schedule: { design: 'ab' } },
      {},
      'warning few_pooled',
      /2 hosts are drawn/,
      /Add hosts/,
    ],
    [
      'latency that nobody watches',
      { kind: 'gpu-share' },
      {},
      'warning no_guard',
      /making users wait/,
      /guards: \[\{name: p99/,
    ],
    [
      'an override of no guard',
      { overrides: { p95: 'x' }, guards: [GUARD] },
      {},
      'error override_unknown',
      /p95, which is no guard/,
      /Known guards: p99/,
    ],
    [
      'a switchback that is over in a week',
      { schedule: { design: 'switchback' }, report_at: [ms('2026-03-09')] },
      {},
      'error too_short',
      /needs 14/,
      /14 days/,
    ],
    [
      'watts of hosts that are off, assumed',
      { kind: 'consolidation' },
      {},
      'warning residual_stipulated',
      /20 W each \(assumption/,
      /BMC or PDU/,
    ],
    [
      'a driver that the measure moves',
      { kind: 'colocation', guards: [GUARD], drivers: ['cpu_util'] },
      {},
      'error bad_control',
      /Driver cpu_util is utilisation/,
      /requests/,
    ],
    [
      'an event elsewhere',
      {
        nonroutine: [
          {
            at: ms('2026-03-05'),
            what: 'fan',
            hosts: ['q'],
            delta_watts: 1,
            uncertainty_watts: 1,
            evidence: 'x',
          },
        ],
      },
      {},
      'error event_elsewhere',
      /"fan" is of q, which is not/,
      /Name hosts of the scope/,
    ],
    [
      'an overlap with nobody',
      { overlaps: ['nobody'] },
      {},
      'error overlap_unknown',
      /nobody, which is no measure/,
      /Known: none/,
    ],
    [
      'energy that is mostly unknown',
      {},
      { probe: { energy: 0.5, work: [0.899], drivers: [], from: 0, to: 86_400 } },
      'error thin_coverage',
      /Energy is known for 50 %/,
      /agents ran on all hosts/,
    ],
  ])('%s', (_, more, context, flag, reason, remedy) => {
    const found = judged(more, context);
    const at = found.findIndex(({ severity, flag: name }) => `${severity} ${name}` === flag);
    expect(found.map((one) => `${one.severity} ${one.flag}`)).toContain(flag);
    expect(found[at]?.text).toMatch(reason);
    expect(found[at]?.remedy).toMatch(remedy);
  });
});

test('work that is known for 89.9 % is thin, for 90 % it is not', () => {
  const probe = (work: number) => ({ probe: { energy: 1, work: [work], drivers: [], from: 0, to: 86_400 } });
  expect(flags({}, probe(0.899))).toEqual(['error thin_coverage']);
  expect(judged({}, probe(0.899))[0]?.text).toMatch(/Work in requests is known for 89.9 %/);
  expect(flags({}, probe(0.9))).toEqual([]);
});

test('a configuration that was right yesterday is right today: without a time, time does not count', () => {
  const { now: _, ...timeless } = CONTEXT;
  expect(validatePlan(planned({ start: ms('2036-03-03') }), timeless)).toEqual([]);
  expect(validatePlan(planned({ start: ms('2016-03-07') }), timeless)).toEqual([]);
});

test('before hosts are known, none are missed', () => {
  expect(flags({ hosts: [] }, { expanded: false })).toEqual([]);
});

test('errors stand before warnings', () => {
  const found = flags({ kind: 'colocation', drivers: ['replicas'], ...baseline('2026-02-09', '2026-03-02') });
  expect(found).toEqual([
    'error bad_control',
    'warning baseline_brief',
    'warning no_guard',
    'warning residual_stipulated',
  ]);
});

describe('measures that share hosts and time', () => {
  const one = planned({ name: 'one', hosts: ['a', 'b'] });
  const other = (more: Partial<WrittenMeasure>): MeasurePlan =>
    planned({ name: 'two', hosts: ['b', 'c'], ...more });

  test('are found on both sides, named with their hosts and time', () => {
    const two = other({ start: ms('2026-03-16') });
    expect(overlapsOf(one, [one, two])).toEqual([
      { name: 'one', other: 'two', hosts: ['b'], from: at('2026-02-16'), to: at('2026-03-30') },
    ]);
    expect(withOverlaps([one, two]).map(({ overlaps }) => overlaps)).toEqual([['two'], ['one']]);
    const [found] = validatePlan(one, { ...CONTEXT, overlaps: overlapsOf(one, [one, two]) });
    expect(found?.text).toBe(
      'two changes b too, between 2026-02-16 and 2026-03-30: the savings of both are one figure, and are not added.',
    );
  });
  test('one that began within the baseline of the other counts', () => {
    expect(overlapsOf(one, [other({ start: ms('2026-02-09') })])).toHaveLength(1);
  });
  test('one that was long there, or comes after the last report, or has other hosts, does not', () => {
    expect(overlapsOf(one, [other({ start: ms('2025-11-03') })])).toEqual([]);
    expect(overlapsOf(one, [other({ start: ms('2026-05-04') })])).toEqual([]);
    expect(overlapsOf(one, [other({ hosts: ['c'] })])).toEqual([]);
    expect(overlapsOf(one, [one])).toEqual([]);
  });

  test('of the untouched hosts spoil the control, named with their hosts', () => {
    const controlled: MeasurePlan = { ...one, control: ['x', 'y'] };
    const two: MeasurePlan = { ...other({ start: ms('2026-02-23') }), hosts: ['y', 'z'] };
    const touched = touchedControls(controlled, [controlled, two]);
    expect(touched).toEqual([{ other: 'two', hosts: ['y'] }]);
    const found = validatePlan(controlled, { ...CONTEXT, touched });
    expect(found.find(({ flag }) => flag === 'control_touched')).toMatchObject({
      severity: 'error',
      text: expect.stringContaining('two changes y, which this plan names as untouched'),
    });
    const longAgo = { ...two, start: at('2025-11-03') };
    expect(touchedControls(controlled, [controlled, longAgo])).toEqual([]);
  });
});
