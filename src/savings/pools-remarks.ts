import { counted, plural } from '../model/counted.ts';
import type { Remark } from '../model/estimate.ts';
import type { PoolSchedule } from '../model/measure.ts';
import type { HostEnergy, HostHalves } from './host-model.ts';
import { LARGEST_KNOWN_DIFFERENCE } from './levels.ts';
import { drawPool } from './pool-draw.ts';

/** Hosts that a pool needs (reference of the method, 5.3). */
export const HOSTS_A_POOL = 10;

/** What stands against the pools, and whether their seed drew them. */
export const remarksOf = (
  hosts: readonly HostEnergy[],
  had: Uint8Array,
  { schedule, hosts: all }: { readonly schedule: PoolSchedule; readonly hosts: readonly HostHalves[] },
): {
  readonly flags: readonly Remark[];
  readonly refusals: readonly Remark[];
  readonly isRandom: boolean;
} => {
  const flags: Remark[] = [];
  const refusals: Remark[] = [];
  const count = had.reduce((sum, flag) => sum + flag, 0);
  if (Math.min(count, hosts.length - count) < HOSTS_A_POOL)
    flags.push({
      flag: 'few_hosts',
      text: `${counted(count, 'host')} with the measure ${plural(count, 'is', 'are')} compared with ${hosts.length - count} without; ${HOSTS_A_POOL} of each are needed for proof.`,
      remedy: 'Draw from more hosts.',
    });
  const names = all.map(({ host }) => host);
  const drawn = drawPool(names, schedule.seed);
  const isRandom =
    drawn.length === schedule.treated.length && drawn.every((host) => schedule.treated.includes(host));
  if (!isRandom)
    flags.push({
      flag: 'not_drawn_from_seed',
      text: `The ${counted(schedule.treated.length, 'host')} with the measure ${plural(schedule.treated.length, 'is', 'are')} not those that seed "${schedule.seed}" draws from these ${names.length} hosts: they may have been chosen.`,
      remedy: 'Let the plan draw the pools, and name the hosts that it drew from.',
    });
  const isTreated = (host: string): boolean => schedule.treated.includes(host);
  const knownOf = (side: boolean): number =>
    hosts.filter(({ host }) => isTreated(host) === side).length /
    Math.max(1, names.filter((host) => isTreated(host) === side).length);
  if (Math.abs(knownOf(true) - knownOf(false)) > LARGEST_KNOWN_DIFFERENCE)
    refusals.push({
      flag: 'missing_by_arm',
      text: `Of the hosts with the measure ${(100 * knownOf(true)).toFixed(0)} % are known, of those without ${(100 * knownOf(false)).toFixed(0)} %: what is missing may be the difference.`,
      remedy: 'Find out why hosts of one pool are missing.',
    });
  return { flags, refusals, isRandom };
};
