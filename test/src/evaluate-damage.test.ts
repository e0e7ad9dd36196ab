/** Damage that would look like a saving, on hosts of which none was changed: no verdict without a word of what is wrong. */
import { describe, expect, it } from 'vitest';
import type { MeasureReport } from '../../src/model/comparison.ts';
import { dailyWork, fleet, namesOf, replaced, withHosts } from '../fixtures/fleet.ts';
import { evaluated, planOf } from '../fixtures/measure-plan.ts';
import { type MemoryHistory, type MemoryHost, memoryHistory } from '../fixtures/memory-history.ts';

const START = 56 * 24;
const plan = planOf({ hosts: namesOf(10) });
const judged = (history: MemoryHistory): Promise<MeasureReport> =>
  evaluated({ plan, engine: memoryHistory(history) });
const told = ({ outcome }: MeasureReport): string =>
  [...outcome.refusals, ...outcome.flags].map(({ flag, text }) => `${flag}: ${text}`).join('\n');
/** Energy of some of the ten hosts after the start by a rule. */
const since = (
  rule: (energy: number, at: number) => number,
  hosts = 10,
  history: MemoryHistory = fleet(),
): MemoryHistory =>
  withHosts(history, (host, index) =>
    index < hosts
      ? { ...host, energy: replaced(host.energy, (at, value) => (at < START ? value : rule(value, at))) }
      : host,
  );
const workOf = (history: MemoryHistory, rule: (units: number, at: number, host: number) => number) =>
  withHosts(history, (host, index) => ({
    ...host,
    work: (host.work ?? []).map((units) => replaced(units, (at, value) => rule(value, at, index))),
  }));
const expectNothingClaimed = ({ outcome }: MeasureReport): void => {
  expect(['verified', 'indicative', 'increase']).not.toContain(outcome.verdict);
  expect(Math.abs(outcome.fraction ?? 0)).toBeLessThan(0.005);
};

describe('energy in another unit since the start', () => {
  it.each([
    [
      'kWh on all hosts',
      since((energy) => energy / 3.6e6),
      /^meter_stuck: The meter of 10 of 10 hosts stood still, or told next to/m,
    ],
    [
      'kJ on one host',
      since((energy) => energy / 1000, 1),
      /^hosts_left_out: The meter of 1 of 10 hosts .*Left out of both/m,
    ],
    [
      'Wh in three hours of the day',
      since((energy, at) => (at % 24 < 3 ? energy / 3600 : energy)),
      /^meter_stuck/m,
    ],
    [
      'a twentieth of it',
      since((energy) => energy / 20),
      /^meter_scale: By their meters 10 of 10 hosts drew more than 10 times more/m,
    ],
    [
      'mJ in single hours',
      since((energy, at) => (at % 300 === 0 ? energy * 1000 : energy)),
      /^leaps_left_out: After it: in \d+ host-hours energy was a hundred times/m,
    ],
  ] as const)('%s is no saving and no increase, and is told', async (_, history, words) => {
    const report = await judged(history);
    expect(told(report)).toMatch(words);
    expectNothingClaimed(report);
  });

  it('throughout is told: shares are right, kWh are not', async () => {
    for (const factor of [1 / 1000, 1 / 3600, 1000]) {
      const report = await judged(
        withHosts(fleet(), (host) => ({
          ...host,
          energy: replaced(host.energy, (_, value) => value * factor),
        })),
      );
      expect(told(report)).toMatch(
        /^power_implausible: By their meters hosts drew .* W each: no host does that/m,
      );
    }
    expect(told(await judged(fleet()))).not.toMatch(
      /power_implausible|below_idle|meter_|stuck|leaps|left_out/,
    );
  });
});

describe('a meter since the start', () => {
  it('that repeats its last reading while the load goes on is stuck, whether work or use tells', async () => {
    const last = (host: MemoryHost): MemoryHost => ({
      ...host,
      energy: replaced(host.energy, (at, value) => (at < START ? value : (host.energy[START - 1] ?? 0))),
    });
    const byWork = await judged(withHosts(fleet(), last));
    expect(told(byWork)).toMatch(/^meter_stuck/m);
    expectNothingClaimed(byWork);
    const held = fleet();
    const byUse = await judged({
      ...withHosts(held, (host) => ({
        ...last(host),
        work: [],
        cpu: replaced(host.work?.[0] ?? [], (_, units) => units / 40),
      })),
      work: [replaced(held.hosts[0]?.work?.[0] ?? [], (_, units) => units * 10)],
    });
    expect(told(byUse)).toMatch(/^meter_stuck/m);
    expectNothingClaimed(byUse);
  });

  it('that says the same for days, of hosts of which nobody knows the load, is told', async () => {
    const held = fleet();
    const report = await judged({
      ...withHosts(
        since(() => 120 * 3600, 1, held),
        (host) => ({ ...host, work: [] }),
      ),
      work: [replaced(held.hosts[0]?.work?.[0] ?? [], (_, units) => units * 10)],
    });
    expect(told(report)).toMatch(
      /^meter_frozen: The energy of 1 of 10 hosts \(host-00\) is the same to the joule/m,
    );
  });

  it('that covers half of what it did is told, as idle hosts draw more', async () => {
    for (const hosts of [1, 10])
      expect(told(await judged(since((energy) => energy / 2, hosts)))).toMatch(
        new RegExp(
          `^below_idle: ${hosts} of 10 hosts .* less than 75.0 % of what they drew in their least hour`,
          'm',
        ),
      );
    expect(told(await judged(since((energy) => energy * 0.9)))).not.toContain('below_idle');
  });

  it('that nobody names is told', async () => {
    const nameless = withHosts(fleet(), (host, index) => (index < 4 ? { ...host, meter: '' } : host));
    expect(told(await judged(nameless))).toMatch(/^meter_unknown: .* 4 of 10 hosts: whether the same meter/m);
  });
});

describe('silence that says it is off', () => {
  it('while the host works is silence: nulls that became zeros are no saving', async () => {
    const history = withHosts(fleet(), (host, index) =>
      index > 1
        ? host
        : {
            ...host,
            energy: replaced(host.energy, (at, value) => (at < START || at % 2 === 0 ? value : Number.NaN)),
            poweredOn: replaced(host.energy, (at) => (at < START || at % 2 === 0 ? 3600 : 0)),
          },
    );
    const report = await judged(history);
    expect(told(report)).toMatch(/^scope_churn: Of 2 of 10 hosts/m);
    expectNothingClaimed(report);
  });
});

describe('work', () => {
  it('that a host counts only since the start, drawing no more than before, is left out with it', async () => {
    for (const before of [0, Number.NaN]) {
      const report = await judged(
        workOf(fleet(), (units, at, host) => (host === 0 && at < START ? before : units)),
      );
      expect(told(report)).toMatch(
        /^hosts_left_out: Work of 1 of 10 hosts was not counted before the start/m,
      );
      expectNothingClaimed(report);
    }
  });

  it('that is counted six hours late refuses where it fell: each unit seems to take less than it does', async () => {
    const daily = dailyWork('fleet');
    const work = (at: number, host: number): number => daily(at, host) * (at < START ? 1 : 0.8);
    const late = (hours: number) =>
      withHosts(fleet({ work }), (host) => ({
        ...host,
        work: (host.work ?? []).map((units) => replaced(units, (at, value) => units[at - hours] ?? value)),
      }));
    expect(told(await judged(late(0)))).not.toContain('work_lag');
    for (const [hours, words] of [
      [6, '6 h after'],
      [-3, '3 h before'],
    ] as const)
      expect(told(await judged(late(hours)))).toContain(
        `work_lag: In the baseline energy goes with the work of ${words}`,
      );
  });

  it('that is counted for all together makes no saving of a host that joined and took a part of it', async () => {
    const daily = dailyWork('fleet');
    const share = (at: number, host: number): number =>
      host === 9 ? (at < START ? 0 : 1) : at < START ? 10 / 9 : 1;
    const held = fleet({ work: (at, host) => daily(at, host) * share(at, host) });
    const sum = Float64Array.from({ length: 84 * 24 }, (_, at) =>
      held.hosts.reduce((units, { work }) => units + (work?.[0]?.[at] ?? 0), 0),
    );
    const report = await judged({
      ...withHosts(held, (host, index) => ({
        ...host,
        work: [],
        energy: replaced(host.energy, (at, value) => (index === 9 && at < START ? Number.NaN : value)),
      })),
      work: [sum],
    });
    expect(told(report)).toMatch(
      /^work_of_left_out: Work is counted for all hosts together, and 10.0 % of them/m,
    );
    expectNothingClaimed(report);
  });

  it('of a host that took up work and draws more since is work', async () => {
    const daily = dailyWork('fleet');
    const report = await judged(
      fleet({ work: (at, host) => (host === 0 && at < START ? 0 : daily(at, host)), perUnit: 14_400 }),
    );
    expect(told(report)).not.toContain('was not counted');
  });
});
