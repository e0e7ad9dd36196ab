import type { Remark } from '../model/estimate.ts';
import type { MeasurePlan } from '../model/measure.ts';
import type { HostRecord } from './host-ledger.ts';
import { LEAST_COVERAGE } from './metered.ts';
import { shownInstant } from './utc-instant.ts';

/** Share of hosts that may be left out of both sides (reference of the method, 8: scope churn). */
const MOST_LEFT_OUT = 0.1;
/**
 * Between the mean power of a host on both sides: about what a server has between idle and full load (a twelfth at most,
 * SPECpower_ssj2008, all results). A host of eight GPUs that was full and idles since draws a twentieth: it is left out too,
 * and told, since a meter that counts by another factor looks the same.
 */
const MOST_APART = 10;
/** Power that did not rise by a tenth: then the host worked before as it does since. Our choice. */
const AS_MUCH = 0.9;
/** An event that names a host explains a change of it within a day: chunks of a history are days. */
const DAY = 86_400;

export interface LeftOut {
  /** Hosts to be left out of both sides. */
  readonly hosts: readonly string[];
  readonly flags: readonly Remark[];
  /** Too many of them: without them it is another scope. */
  readonly refusals: readonly Remark[];
}

type Reason =
  | 'scope_churn'
  | 'meter_stuck'
  | 'meter_scale'
  | 'work_uncounted'
  | 'inventory_changed'
  | 'meter_changed';

const TEXTS: Readonly<Record<Reason, (hosts: string, count: string) => Omit<Remark, 'flag'>>> = {
  scope_churn: (hosts, count) => ({
    text: `Of ${count} less than 90 % of a window is known (${hosts}): a host that is silent may be on or off, and is no saving.`,
    remedy: 'Let their agents run, or let a BMC or PDU tell that they are off, and compare again.',
  }),
  meter_stuck: (hosts, count) => ({
    text: `The meter of ${count} stood still, or told next to nothing, for more than a tenth of a window (${hosts}), and nothing tells that they were off.`,
    remedy:
      'Mend these meters, and see that all energy is in joules. Where hosts were off, let it be told (negawatt_host_powered_on_seconds_total, or powered_on_seconds in a file).',
  }),
  meter_scale: (hosts, count) => ({
    text: `By their meters ${count} drew more than ${MOST_APART} times more on one side than on the other (${hosts}): without GPUs no host has so much between idle and full load, and a meter that counts by another factor looks the same.`,
    remedy:
      'See that energy is in joules on both sides and counted by the same meter; where hosts were off, let it be told.',
  }),
  work_uncounted: (hosts, count) => ({
    text: `Work of ${count} was not counted before the start, though they drew as much as after it (${hosts}): work that is counted only since then looks like a saving.`,
    remedy: 'Count the work of all hosts on both sides, or compare the hosts that count it throughout.',
  }),
  inventory_changed: (hosts, count) => ({
    text: `Hardware, firmware, driver or power cap of ${count} changed within the comparison (${hosts}).`,
    remedy: 'Name the change with its watts and evidence under nonroutine, or compare windows without it.',
  }),
  meter_changed: (hosts, count) => ({
    text: `Energy of ${count} is counted by another meter or method after the start than before (${hosts}).`,
    remedy: 'Compare windows that one meter counted; two meters differ by more than most savings.',
  }),
};

/**
 * Hosts that are not the same on both sides, and are therefore left out of both: silent for more than a tenth of either
 * window, changed, or metered in another way. More than a tenth of the hosts: nothing is left that could be compared.
 *
 * @param plan a refresh of hardware changes inventories by itself.
 * @param within start of the one window that counts, as for a randomised test, both arms of which lie in it; left out: both.
 */
export const hostsLeftOut = (
  plan: Pick<MeasurePlan, 'kind' | 'nonRoutine'>,
  records: readonly HostRecord[],
  within?: number,
): LeftOut => {
  const reasons = new Map<Reason, string[]>();
  const left = new Set<string>();
  const note = (reason: Reason, host: string): void => {
    reasons.set(reason, [...(reasons.get(reason) ?? []), host]);
    left.add(host);
  };
  for (const record of records) {
    const { host, before, after, changes } = record;
    const windows = within === undefined ? [before, after] : [after];
    if (windows.some(({ intervals, stuck }) => stuck > (1 - LEAST_COVERAGE) * intervals))
      note('meter_stuck', host);
    else if (windows.some(({ intervals, known }) => intervals > 0 && known < LEAST_COVERAGE * intervals))
      note('scope_churn', host);
    if (within === undefined && isOtherScale(record)) note('meter_scale', host);
    if (within === undefined && isWorkUncounted(record)) note('work_uncounted', host);
    const isExplained = (at: number): boolean =>
      plan.nonRoutine.some(
        (event) => event.hosts.includes(host) && Math.abs(event.at - at) <= DAY && event.evidence !== '',
      );
    if (
      plan.kind !== 'hw-refresh' &&
      changes.some(
        ({ what, at }) =>
          what === 'inventory' && at >= (within ?? Number.NEGATIVE_INFINITY) && !isExplained(at),
      )
    )
      note('inventory_changed', host);
    if (within === undefined && isOtherMeter(record)) note('meter_changed', host);
  }
  const isTooMany = left.size > MOST_LEFT_OUT * records.length;
  const remarks = [...reasons].map(([flag, hosts]) => ({
    flag,
    ...TEXTS[flag](someOf(hosts), `${hosts.length} of ${records.length} hosts`),
  }));
  return isTooMany
    ? { hosts: [], flags: [], refusals: remarks }
    : {
        hosts: [...left].sort(),
        flags: remarks.map((remark) => ({
          ...remark,
          flag: 'hosts_left_out',
          text: `${remark.text} Left out of both sides.`,
        })),
        refusals: [],
      };
};

/** Whether none of the meters of one window is among those of the other, or one came or went. */
const isOtherMeter = ({ before, after }: HostRecord): boolean =>
  before.meters.size > 0 &&
  after.meters.size > 0 &&
  ([...before.meters].some((meter) => !after.meters.has(meter)) ||
    [...after.meters].some((meter) => !before.meters.has(meter)));

const powerOf = ({ energy, metered }: HostRecord['before']): number => energy / metered;

const isOtherScale = ({ before, after }: HostRecord): boolean => {
  const apart = powerOf(after) / powerOf(before);
  return apart > MOST_APART || apart * MOST_APART < 1;
};

/** A host that took up work draws more since; one that draws as much had work that nobody counted. */
const isWorkUncounted = ({ before, after }: HostRecord): boolean =>
  powerOf(before) > AS_MUCH * powerOf(after) &&
  after.mostWork > 0 &&
  (before.mostWork === 0 ||
    after.worked / after.metered - before.worked / before.metered > 1 - LEAST_COVERAGE);

const someOf = (hosts: readonly string[]): string =>
  hosts.length <= 3 ? hosts.join(', ') : `${hosts.slice(0, 3).join(', ')} and ${hosts.length - 3} more`;

/** What has to be said of changes that leave a host in: explained ones, and a meter that changed on one side alone. */
export const changeFlags = (
  plan: Pick<MeasurePlan, 'kind'>,
  records: readonly HostRecord[],
): readonly Remark[] => {
  const flags: Remark[] = [];
  const metered = records.filter(({ changes }) => changes.some(({ what }) => what === 'meter'));
  if (metered.length > 0)
    flags.push({
      flag: 'meter_varied',
      text: `What counts the energy of ${someOf(metered.map(({ host }) => host))} changed within a window.`,
      remedy: 'Let one meter count throughout.',
    });
  const first = records.flatMap(({ changes }) => changes.filter(({ what }) => what === 'inventory'));
  const [one] = first;
  if (one !== undefined)
    flags.push({
      flag: 'inventory_accepted',
      text: `Hardware, firmware or driver of hosts in the comparison changed (first on ${shownInstant(one.at)}), ${plan.kind === 'hw-refresh' ? 'as is the purpose of the measure' : 'as non-routine events say'}.`,
      remedy: '',
    });
  return flags;
};

/** Share of the hosts that were left out although nobody counts the work of each: it is that of all of them. */
export const leftOutOfWork = (left: number, records: readonly HostRecord[]): number =>
  left > 0 && records.every(({ before, after }) => before.worked + after.worked === 0)
    ? left / (left + records.length)
    : 0;
