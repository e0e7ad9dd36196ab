/** A year of a made fleet, in chunks of a day as an engine of history gives them. */
import type { HistoryChunk, HostHistory } from '../../src/model/history.ts';
import { seededRandom } from '../../src/savings/random.ts';

export const HOURS = 24;
export const STEP_S = 3600;
const DAY_S = HOURS * STEP_S;

/** Watts of a host that idles, and joules of a unit of work: made up, of the size of a two-socket host. */
const IDLE_W = 150;
const JOULES_A_UNIT = 40;
/** Units of work an hour of a busy host. */
const BUSY = 6000;

const filled = (value: number): Float64Array => new Float64Array(HOURS).fill(value);

/** Hosts with a daily course of work, noise that lasts some hours, and watts that drift by some percent in weeks. */
export const fleetYear = function* (hosts: number, days: number): Generator<HistoryChunk> {
  const random = seededRandom('fleet');
  const [ones, seconds, unknown] = [filled(1), filled(STEP_S), filled(Number.NaN)];
  const drift = new Float64Array(hosts);
  const noise = new Float64Array(hosts);
  for (let day = 0; day < days; day += 1) {
    const total = new Float64Array(HOURS);
    const rows = Array.from({ length: hosts }, (_, host): HostHistory => {
      const [energy, work] = [new Float64Array(HOURS), new Float64Array(HOURS)];
      drift[host] = 0.98 * (drift[host] ?? 0) + 6 * (random.next() - 0.5);
      for (let hour = 0; hour < HOURS; hour += 1) {
        noise[host] = 0.8 * (noise[host] ?? 0) + 8 * (random.next() - 0.5);
        const level = 0.5 + 0.3 * Math.sin(((hour + host) / HOURS) * 2 * Math.PI) + 0.2 * random.next();
        work[hour] = BUSY * level;
        total[hour] = (total[hour] ?? 0) + BUSY * level;
        energy[hour] =
          (IDLE_W + (drift[host] ?? 0) + (noise[host] ?? 0)) * STEP_S + JOULES_A_UNIT * BUSY * level;
      }
      return {
        host: `host${host}`,
        energy,
        coverage: ones,
        poweredOn: seconds,
        cpu: unknown,
        gpu: unknown,
        work: [work],
        quality: 'measured',
        meter: 'rapl',
        inventory: '',
      };
    });
    yield {
      from: day * DAY_S,
      step: STEP_S,
      length: HOURS,
      hosts: rows,
      work: [total],
      drivers: [],
      guards: [],
      grid: unknown,
      pue: unknown,
    };
  }
};
