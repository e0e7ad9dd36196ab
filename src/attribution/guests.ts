import type { Share, Workload } from '../model/workload.ts';

/** Guests among the workloads of a tick, each once: virtual machines by the names that their host gives them. */
export const guestsIn = (roster: readonly Workload[]): ReadonlyMap<string, Workload> =>
  new Map(roster.filter(({ kind }) => kind === 'vm').map((guest) => [guestName(guest), guest]));

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
