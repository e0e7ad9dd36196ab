import type { Remark } from '../model/estimate.ts';
import type { ResidualPower } from '../model/measure.ts';
import { JOULES_PER_KWH } from '../units.ts';
import type { HostWindow } from './host-ledger.ts';

/**
 * What has to be said of hosts that are off at watts that nothing metered: that part of the comparison is option A of the
 * IPMVP, one parameter stipulated. @param windows of the hosts after the start.
 */
export const stipulationFlags = (
  windows: readonly HostWindow[],
  residual: ResidualPower,
  step: number,
): readonly Remark[] => {
  const intervals = windows.reduce((sum, { stipulated }) => sum + stipulated, 0);
  if (intervals === 0 || residual.measured) return [];
  const hours = (intervals * step) / 3600;
  const kWh = (residual.watts * intervals * step) / JOULES_PER_KWH;
  return [
    {
      flag: 'residual_stipulated',
      text: `Hosts that were off count at ${residual.watts} W each (${residual.source}) over ${hours.toFixed(0)} host-hours, ${kWh.toPrecision(3)} kWh together: nothing metered it (IPMVP option A for this part).`,
      remedy: 'Let their BMC or PDU meter them while they are off.',
    },
  ];
};
