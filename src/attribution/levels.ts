import type { GroupSample, GroupTree } from '../model/group.ts';
import { type Naming, NO_NAMING } from './classes.ts';
import { type Owners, ownersOf } from './owners.ts';
import type { Uses } from './uses.ts';

/**
 * A level that groups hold with all below them (memory), by owner: what a group's children do not explain is its own.
 * Pure. @param duration that it is taken to have held for; the amounts are level x seconds.
 */
export const heldByOwner = (
  tree: GroupTree,
  levels: readonly number[],
  duration: number,
  naming: Naming = NO_NAMING,
): Uses => {
  const owners = ownersOf(tree, naming);
  const amounts: number[] = new Array(owners.roster.length).fill(0);
  for (let at = 0; at < owners.children.length; at++) {
    const target = owners.target[at] ?? -1;
    if (owners.inside[at] === true || target < 0) continue;
    let own = levels[at] ?? 0;
    if (owners.whole[at] !== true) for (const child of owners.children[at] ?? []) own -= levels[child] ?? 0;
    if (own > 0) amounts[target] = (amounts[target] ?? 0) + own * duration;
  }
  return { roster: owners.roster, amounts };
};

const reservations = new WeakMap<
  Owners,
  { readonly limits: GroupSample['processors']; readonly uses: Uses }
>();

/**
 * Processors that are kept for each workload: what its orchestrator says, else its quota; 0 where neither says.
 * Pure. The same object for as long as neither changes.
 */
export const reservedByOwner = (sample: GroupSample, naming: Naming = NO_NAMING): Uses => {
  const owners = ownersOf(sample.tree, naming);
  const known = reservations.get(owners);
  if (known !== undefined && known.limits === sample.processors) return known.uses;
  const amounts = owners.roster.map((workload, place) => {
    const said = naming.facts.get(`${workload.kind} ${workload.id}`)?.reservedProcessors;
    return workload.kind === 'ended' ? 0 : (said ?? sample.processors?.[owners.groups[place] ?? -1] ?? 0);
  });
  const uses = { roster: owners.roster, amounts };
  reservations.set(owners, { limits: sample.processors, uses });
  return uses;
};

const boards = new WeakMap<Owners, Uses>();

/** GPUs that are kept for each workload, as its orchestrator says; 0 where it says nothing. Pure. */
export const reservedGpusByOwner = ({ tree }: GroupSample, naming: Naming = NO_NAMING): Uses => {
  const owners = ownersOf(tree, naming);
  const known = boards.get(owners);
  if (known !== undefined) return known;
  const amounts = owners.roster.map(({ kind, id }) =>
    kind === 'ended' ? 0 : (naming.facts.get(`${kind} ${id}`)?.reservedGpus ?? 0),
  );
  const uses = { roster: owners.roster, amounts };
  boards.set(owners, uses);
  return uses;
};

const presences = new WeakMap<Owners, Uses>();

/** 1 for each workload that exists. Pure. */
export const presentIn = (sample: GroupSample, naming: Naming = NO_NAMING): Uses => {
  const owners = ownersOf(sample.tree, naming);
  const known = presences.get(owners);
  if (known !== undefined) return known;
  const uses = {
    roster: owners.roster,
    amounts: owners.roster.map(({ kind }) => (kind === 'ended' ? 0 : 1)),
  };
  presences.set(owners, uses);
  return uses;
};
