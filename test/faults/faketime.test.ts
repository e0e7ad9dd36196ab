/** The wall clock of the real agent, set back and forth by the library of Debian's faketime. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually, type RunningAgent, startAgent } from '../fixtures/agent-process.ts';
import { debianProgram } from '../fixtures/debian.ts';
import { movingMeter } from '../fixtures/moving-meter.ts';
import { keepIfAsked } from './results.ts';

const program = debianProgram('/usr/bin/faketime', 'faketime');
/** Beside the libraries of the machine's architecture. */
const library = (): string => {
  for (const folder of readdirSync('/usr/lib')) {
    const path = join('/usr/lib', folder, 'faketime', 'libfaketimeMT.so.1');
    if (existsSync(path)) return path;
  }
  throw new Error('faketime is installed and its library is not below /usr/lib');
};
const WATTS = [100, 20] as const;

interface Shown {
  readonly tick: number;
  readonly time: string;
  readonly host: { readonly energyJoules: number; readonly watchedSeconds: number };
}

test.skipIf(program === undefined)(
  `a wall clock that is set forth and back under the real agent changes no joule and no time${program === undefined ? ' (skipped: apt-get install faketime)' : ''}`,
  async () => {
    const meter = await movingMeter();
    const { root, paths } = meter.host;
    const offset = join(root, 'offset');
    const set = (to: string): void => writeFileSync(offset, `${to}\n`);
    set('+0');
    const start = (): Promise<RunningAgent> =>
      startAgent(
        [
          `--state.dir=${join(root, 'state')}`,
          `--path.procfs=${paths.procfs}`,
          `--path.sysfs=${paths.sysfs}`,
          `--path.rootfs=${root}`,
          '--no-source.process',
        ],
        {
          NEGAWATT_SAMPLING_INTERVAL: '1s',
          LD_PRELOAD: library(),
          FAKETIME_TIMESTAMP_FILE: offset,
          FAKETIME_NO_CACHE: '1',
          FAKETIME_DONT_FAKE_MONOTONIC: '1',
        },
      );
    const shown = (agent: RunningAgent): Promise<Shown> => agent.json('/api/v1/snapshot');
    const ticks = async (agent: RunningAgent, count: number): Promise<Shown> => {
      const { tick } = await shown(agent);
      return eventually(async () => {
        const now = await shown(agent);
        expect(now.tick).toBeGreaterThanOrEqual(tick + count);
        return now;
      });
    };
    // New counters are held at 0 at first; those of an agent that ran before are not.
    const earlier = await start();
    await ticks(earlier, 2);
    await earlier.stop();
    const agent = await start();
    const first = await ticks(agent, 1);
    const began = performance.now();
    await meter.draw(...WATTS);
    const seen: string[] = [];
    for (const to of ['+7200', '-7200', '+0']) {
      set(to);
      const { time } = await ticks(agent, 2);
      seen.push(((Date.parse(time) - Date.now()) / 3_600_000).toFixed(0));
    }
    const [cpu, memory] = await meter.draw(0, 0);
    const last = await ticks(agent, 2);
    const real = (performance.now() - began) / 1000;
    const end = await agent.stop();
    await meter.dispose();
    expect(seen.map(Number)).toEqual([2, -2, 0].map((hours) => expect.closeTo(hours, 0)));
    expect(last.host.energyJoules - first.host.energyJoules).toBeCloseTo(cpu + memory, 3);
    keepIfAsked({
      what: 'a wall clock that is set 2 h forth and 4 h back (faketime, the real process)',
      howMany: `${real.toFixed(0)} s`,
      result: `meter ${(cpu + memory).toFixed(3)} J, counted ${(last.host.energyJoules - first.host.energyJoules).toFixed(3)} J; watched ${(last.host.watchedSeconds - first.host.watchedSeconds).toFixed(1)} s`,
    });
    // Ticks lie up to a second before each of the two looks.
    expect(Math.abs(last.host.watchedSeconds - first.host.watchedSeconds - real)).toBeLessThan(2);
    expect(end).toBe(0);
  },
);
