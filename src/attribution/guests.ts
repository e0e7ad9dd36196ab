import type { GroupSample } from '../model/group.ts';
import type { Share, Workload } from '../model/workload.ts';
import { ownerOf } from './identity.ts';

/** Guests that exist now, each once: virtual machines by the names that their host gives them. */
export const guestsIn = (groups: GroupSample | undefined): ReadonlyMap<string, Workload> => {
  const guests = new Map<string, Workload>();
  for (const { path } of groups?.groups ?? []) {
    const owner = ownerOf(path);
    if (owner?.kind === 'vm') guests.set(guestName(owner), owner);
  }
  return guests;
};

/** Name of a guest over its restarts: its group is numbered anew each time, its name stays. */
export const guestName = ({ id, labels }: Workload): string => labels.name ?? id;

export interface GuestEnergy {
  readonly workload: Workload;
  readonly joules: number;
}

/** Energy of each guest among the shares of one tick, by name: both parts of all resources together. */
export const guestEnergy = (shares: readonly Share[]): ReadonlyMap<string, GuestEnergy> => {
  const energy = new Map<string, GuestEnergy>();
  for (const { workload, energy: joules } of shares) {
    if (workload.kind !== 'vm') continue;
    const name = guestName(workload);
    energy.set(name, { workload, joules: (energy.get(name)?.joules ?? 0) + joules });
  }
  return energy;
};
