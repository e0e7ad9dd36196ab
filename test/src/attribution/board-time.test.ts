/** How long GPUs were busy, whatever the rhythm in which they are read. */
import { expect, it } from 'vitest';
import type { GpuReading } from '../../../src/model/gpu.ts';
import type { PersistedState } from '../../../src/model/state.ts';
import { HOUR } from '../../../src/model/usage.ts';
import { bytes, ratio, seconds } from '../../../src/units.ts';
import { runEngine } from '../../fixtures/run-engine.ts';
import { scriptedHost } from '../../fixtures/scripted-host.ts';

const scene = () => {
  const host = scriptedHost();
  host.addMeter('package-0', 'package', 90);
  host.addMeter('GPU-0', 'gpu', 200, { source: 'nvml' });
  host.addGroup('a', '/a.service', '1', true);
  let run = runEngine();
  const busy = () => run.total('negawatt_gpu_busy_seconds_total');
  return {
    host,
    busy,
    /** A tick, and the readings of the board that it finds. */
    tick: (duration: number, ...readings: { readonly ago: number; readonly use: number }[]) => {
      host.advance(duration, { busy: 1, groups: { a: 1 } });
      const gpus = readings.map(
        ({ ago, use }): GpuReading => ({
          meter: 'GPU-0',
          at: seconds(host.now - ago),
          utilization: ratio(use),
          memoryUsed: bytes(100),
          processes: [{ pid: 1, group: '/a.service', utilization: ratio(use) }],
        }),
      );
      run.step({ ...host.sample(), gpus });
    },
    total: (...of: Parameters<typeof run.total>) => run.total(...of),
    restart: () => {
      const { engine, ...saved } = run.engine.persist().state;
      run = runEngine({}, { ...saved, engine: JSON.parse(JSON.stringify(engine)) } as PersistedState);
    },
    hours: () =>
      run.engine.persist().usage.filter(({ period, scope }) => period === HOUR && scope === 'host'),
  };
};
const half = { ago: 0, use: 0.5 };

it('a board that is read every five seconds was busy all of that time, with a tick each second', () => {
  const one = scene();
  for (let i = 0; i <= 60; i += 1) one.tick(1, ...(i % 5 === 0 ? [half] : []));
  expect(one.busy()).toBeCloseTo(30, 9);
  const [row] = one.hours();
  expect([row?.gpuBusy, row?.gpuAvailable]).toEqual([expect.closeTo(30, 9), expect.closeTo(60, 9)]);
  expect(one.total('negawatt_gpu_memory_byte_seconds_total')).toBeCloseTo(6000, 9);
});

it('ticks that find none of its readings, and then two, lose none of its time', () => {
  const one = scene();
  one.tick(5, half);
  for (let i = 0; i < 6; i += 1) {
    one.tick(5);
    one.tick(5, { ago: 4.9, use: 0 }, { ago: 0, use: 1 });
  }
  // Of each ten seconds it was idle up to the first reading, and busy from then on.
  expect(one.busy()).toBeCloseTo(6 * 4.9, 6);
  expect(one.hours()[0]?.gpuAvailable).toBeCloseTo(60, 6);
});

it('an hour in which nobody looked is no hour of what it was at its end', () => {
  const one = scene();
  for (let i = 0; i < 3; i += 1) one.tick(5, half);
  one.restart();
  one.tick(3600, half);
  one.tick(5, half);
  expect(one.busy()).toBeCloseTo(7.5, 6);
  expect(one.total('negawatt_workload_gpu_seconds_total')).toBeCloseTo(7.5, 6);
  const told = one.hours().reduce((sum, { gpuAvailable = 0 }) => sum + gpuAvailable, 0);
  expect(told).toBeCloseTo(5, 6);
  expect(one.total('negawatt_host_powered_on_seconds_total')).toBeCloseTo(3615, 6);
});
