import fc from 'fast-check';
import { validate } from 'node-cron';
import { describe, expect, it } from 'vitest';
import { createGridRefresh } from '../../../src/grid/refresh.ts';
import { JITTER, shareOf, timetable } from '../../../src/grid/timetable.ts';
import { eventually } from '../../fixtures/agent-process.ts';
import { answer, scripted } from '../../fixtures/grid-provider.ts';

const hosts = Array.from({ length: 1000 }, (_, number) => `node-${number}`);

describe('the time at which a host asks', () => {
  it('is later than the round time by at most a tenth of the period, and always by as much', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 2e6, noNaN: true }),
        fc.string(),
        fc.nat(4e12),
        (period, host, now) => {
          const table = timetable(period, shareOf(host));
          const [first, second] = [table.next(now), table.next(table.next(now))];
          expect(first).toBeGreaterThan(now);
          const step = (second - first) / 1000;
          expect(step).toBeLessThanOrEqual(Math.max(1, period));
          expect(86_400 % step).toBe(0);
          expect((first / 1000) % step).toBeLessThanOrEqual(JITTER * step);
          expect(validate(table.expression)).toBe(true);
        },
      ),
    );
  });

  it('is as often as the period says, where a day can be divided so', () => {
    for (const period of [30, 60, 300, 900, 1800, 3600, 86_400]) {
      const table = timetable(period, 0.5);
      expect(table.next(table.next(0)) - table.next(0)).toBe(period * 1000);
    }
  });

  it('differs over a fleet: no second of 5 minutes meets more than a few of 1,000 hosts', () => {
    const bySecond = new Map<number, number>();
    for (const host of hosts) {
      const at = timetable(300, shareOf(`${host} electricity-maps-1`)).next(0);
      bySecond.set(at, (bySecond.get(at) ?? 0) + 1);
    }
    expect(bySecond.size).toBe(30);
    expect(Math.max(...bySecond.values())).toBeLessThan(70);
  });

  it('fits the expression that node-cron gets', async () => {
    const cron = await import('node-cron');
    fc.assert(
      fc.property(
        fc.constantFrom(30, 60, 300, 900, 1800, 3600, 21_600, 86_400),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (period, share) => {
          const table = timetable(period, share);
          const before = table.next(Date.now());
          const task = cron.schedule(table.expression, () => {}, { timezone: 'UTC', unref: true });
          const next = task.getNextRun()?.getTime();
          // A moment may pass between the looks at the clock.
          expect([before, table.next(Date.now())]).toContain(next);
          void task.destroy();
        },
      ),
      { numRuns: 40 },
    );
  });
});

it('node-cron asks a provider on its period, one question at a time', async () => {
  const provider = scripted(() => answer(), 1);
  const refresh = createGridRefresh({ entries: [{ id: 'a', provider }], host: 'node-17' });
  await refresh.start();
  try {
    await eventually(async () => expect(provider.asked.length).toBeGreaterThanOrEqual(3));
    const [first = 0] = provider.asked;
    const passed = (provider.asked.at(-1) ?? 0) - first;
    expect(provider.asked.length).toBeLessThanOrEqual(2 + passed / 1000);
  } finally {
    refresh.close();
  }
});
