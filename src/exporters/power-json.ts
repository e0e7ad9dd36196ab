import { exampleMark } from '../carbon/example.ts';
import type { Resource } from '../model/workload.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Ratio, Watts } from '../units.ts';
import { powerByResource } from './power-by-resource.ts';

/** Power now, of `GET /api/v1/power`: what a chart asks for at each tick, without the rest of the snapshot. */
export interface PowerJson {
  readonly example?: string;
  readonly format: 1;
  readonly tick: number;
  /** When the sample was taken; ISO 8601, UTC. */
  readonly time: string;
  readonly intervalSeconds: number;
  /** Absent where nothing tells it, and before the second sample. */
  readonly powerWatts?: Watts;
  /** Busy share of all processors in the same interval. */
  readonly busy?: Ratio;
  readonly powerByResource: readonly { readonly resource: Resource; readonly powerWatts: Watts }[];
}

export const powerJson = (snapshot: Snapshot): PowerJson => {
  const { number, view, powers } = snapshot;
  const { sample, carbon, cpu, duration } = view;
  const example = exampleMark(carbon);
  return {
    ...(example === undefined ? {} : { example }),
    format: 1,
    tick: number,
    time: new Date(sample.wall).toISOString(),
    intervalSeconds: duration,
    ...(powers.host === undefined ? {} : { powerWatts: powers.host }),
    ...(cpu === undefined ? {} : { busy: cpu.load }),
    powerByResource: powerByResource(snapshot),
  };
};
