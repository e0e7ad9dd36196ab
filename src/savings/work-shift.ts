import type { Remark } from '../model/estimate.ts';
import type { HostHalves } from './host-model.ts';
import type { ScopeSeries } from './series.ts';

/** Smaller changes of work are common from one window to the next. Our choice. */
const NOTABLE = 0.05;

const meanWork = (series: readonly ScopeSeries[], term: number): number => {
  let [sum, count] = [0, 0];
  for (const { work, usable, length } of series)
    for (let at = 0; at < length; at += 1) {
      if (usable[at] !== 1) continue;
      sum += work[term]?.[at] ?? Number.NaN;
      count += 1;
    }
  return sum / count;
};

const changes = (hosts: readonly HostHalves[], terms: number): readonly number[] =>
  Array.from(
    { length: terms },
    (_, term) =>
      meanWork(
        hosts.map(({ after }) => after),
        term,
      ) /
        meanWork(
          hosts.map(({ before }) => before),
          term,
        ) -
      1,
  );

/**
 * Signs that the measure reached the untouched hosts: work that rose on one side and fell on the other may have been
 * moved there, and then the control is none. And whether work of the hosts is counted at all.
 */
export const workShift = (
  treated: readonly HostHalves[],
  control: readonly HostHalves[],
): readonly Remark[] => {
  const terms = treated[0]?.before.work.length ?? 0;
  if (terms === 0)
    return [
      {
        flag: 'no_host_work',
        text: 'Work is not counted host by host, so that more or less work on either side counts as an effect.',
        remedy: 'Count work on each host, or see that load stays split as it was.',
      },
    ];
  const [t, c] = [changes(treated, terms), changes(control, terms)];
  return t.flatMap((change, term) => {
    const other = c[term] ?? Number.NaN;
    const moved = Math.min(Math.abs(change), Math.abs(other)) > NOTABLE && change * other < 0;
    if (!moved) return [];
    const told = (value: number): string =>
      `${value > 0 ? 'rose' : 'fell'} by ${Math.abs(100 * value).toFixed(0)} %`;
    return [
      {
        flag: 'work_moved',
        text: `Work ${told(change)} on the hosts and ${told(other)} on the untouched ones: it may have been moved from one to the other.`,
        remedy: 'Compare whole cells or clusters that do not share a queue.',
      },
    ];
  });
};
