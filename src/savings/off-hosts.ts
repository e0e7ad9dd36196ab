import type { Remark } from '../model/estimate.ts';
import type { ResidualPower } from '../model/measure.ts';
import { JOULES_PER_KWH } from '../units.ts';
import type { ScopeCounts } from './scope-series.ts';

/**
 * What has to be said of hosts that are off at watts that nothing metered: that part of the comparison is option A of the
 * IPMVP, one parameter stipulated. @param joules booked so. @param avoided J, for scale.
 */
export const stipulationFlags = (
  counts: Readonly<ScopeCounts>,
  residual: ResidualPower,
  step: number,
  avoided: number,
): readonly Remark[] => {
  if (counts.stipulated === 0 || residual.measured) return [];
  const hours = (counts.stipulated * step) / 3600;
  const kWh = (residual.watts * counts.stipulated * step) / JOULES_PER_KWH;
  const share = avoided > 0 ? (kWh * JOULES_PER_KWH) / avoided : Number.NaN;
  return [
    {
      flag: 'residual_stipulated',
      text: `Hosts that were off count at ${residual.watts} W each (${residual.source}) over ${hours.toFixed(0)} host-hours, ${kWh.toPrecision(3)} kWh${Number.isFinite(share) ? `, which is ${(100 * share).toFixed(0)} % of what was avoided` : ''}: nothing metered it (IPMVP option A for this part).`,
      remedy: 'Let their BMC or PDU meter them while they are off.',
    },
  ];
};
