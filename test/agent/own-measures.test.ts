/** When an agent evaluates its own measures, and which it leaves to others. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scheduleTask } from '../../agent/jobs.ts';
import { openOwnMeasures, whyNotHere } from '../../agent/own-measures.ts';
import { loadConfig } from '../../src/config/index.ts';
import type { Config } from '../../src/index.ts';

const configOf = async (measure: object, schedule = '20 * * * *'): Promise<Config> => {
  const loaded = await loadConfig({
    env: { NEGAWATT_MEASURES: JSON.stringify([measure]), NEGAWATT_SAVINGS_SCHEDULE: schedule },
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
};
const OWN = { name: 'own', hosts: 'self', start: '2026-03-02', work: 'requests' };
const until = async (isSo: () => boolean): Promise<void> => {
  for (let i = 0; i < 1000 && !isSo(); i += 1) await sleep(10);
  if (!isSo()) throw new Error('it never came');
};

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'negawatt-own-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('measures of the own host', () => {
  it('are evaluated at the start and at each time of the schedule, and no more once it is closed', async () => {
    const lines: string[] = [];
    const log = new Proxy({}, { get: () => (_: object, text?: string) => lines.push(String(text)) }) as never;
    let task = async (): Promise<void> => {};
    let stops = 0;
    const own = await openOwnMeasures({
      ...{ config: await configOf(OWN, '5 */2 * * *'), directory, log, wall: () => Date.parse('2026-06-01') },
      every: (asked) => {
        expect(asked.schedule).toBe('5 */2 * * *');
        task = asked.task;
        return () => {
          stops += 1;
        };
      },
    });
    expect([own.points(), own.standings()]).toEqual([[], []]);
    own.begin('here');
    await until(() => own.standings().length > 0);
    const first = own.standings()[0];
    expect(first).toMatchObject({ name: 'own', hosts: ['here'] });
    expect(own.points().map(({ metric }) => metric)).toContain('negawatt_savings_info');
    await until(() => lines.length > 0);
    // Until the thread of the first has ended the second would be left out.
    for (let i = 0; i < 100 && own.standings()[0] === first; i += 1) {
      await task();
      await sleep(20);
    }
    const second = own.standings()[0];
    expect(second).not.toBe(first);
    own.close();
    await task();
    expect([own.standings()[0], stops]).toEqual([second, 1]);
    // The same again says nothing new.
    expect(lines).toHaveLength(1);
  });

  it('have a clock that strikes', async () => {
    let struck = 0;
    const stop = scheduleTask({
      ...{ name: 'test', schedule: '* * * * * *', log: { debug: () => {} } as never },
      task: async () => {
        struck += 1;
      },
    });
    await until(() => struck > 0);
    stop();
  });

  it.each([
    [{ hosts: ['node-1'] }, /named hosts/],
    [{ hosts: undefined, scope: { match: { pool: 'web' } } }, /named hosts/],
    [{ control: ['node-9'] }, /untouched hosts/],
    [{ work: [{ unit: 'requests', query: 'sum(x)' }] }, /queries/],
    [{ guards: [{ name: 'p99' }] }, /queries/],
    [{ drivers: ['inlet_celsius'] }, /queries/],
    [{ step: '15m' }, /by the hour/],
  ])('%j is left to others, with the reason', async (more, reason) => {
    const [measure] = (await configOf({ ...OWN, ...more })).measures;
    expect(measure && whyNotHere(measure)).toMatch(reason);
  });

  it('of whole hours without queries are its own', async () => {
    for (const more of [{}, { step: '6h' }, { work: [{ unit: 'jobs', class: 'batch' }] }]) {
      const [measure] = (await configOf({ ...OWN, ...more })).measures;
      expect(measure && whyNotHere(measure)).toBeUndefined();
    }
  });
});
