import table from '../../config/hardware/tdp-curve.json' with { type: 'json' };
import type { LoadCurve } from '../model/meter.ts';
import { type Ratio, ratio, scale, type Watts } from '../units.ts';

/** Idle power of a package as a share of its thermal design power: the first point of the curve. */
export const IDLE_OF_TDP: Ratio = ratio(table.find(({ load }) => load === 0)?.tdp_factor ?? 0);

/**
 * Curve of the packages alone by their thermal design power: memory, board and supply are not in it. Measured on Intel
 * servers; for others it is an analogy.
 *
 * @param tdp of one socket, as the processor's data sheet states it.
 */
export const tdpCurve = (tdp: Watts, sockets: number, errorBand: Ratio): LoadCurve => ({
  name: `${sockets} x ${tdp} W TDP, packages alone`,
  citation: `${table[0]?.source ?? ''} (${table[0]?.citation ?? ''})`,
  points: table.map((row) => ({ load: ratio(row.load), power: scale(tdp, row.tdp_factor * sockets) })),
  errorBand,
});
