import { readdirSync } from 'node:fs';
import { SourceError } from '../model/source-error.ts';
import { countGroups, type Hierarchy } from './cgroup-find.ts';
import { groupUsage, usageFile } from './cgroup-node.ts';
import { DescriptorBudget } from './descriptors.ts';
import { KeptFile } from './reader.ts';

/** The other tree must tell this much more apart to be taken: a change makes every group a new one. */
const CHANGE_AT = 1.25;
/** And of CPU time this much more since the last look a minute ago, seconds: little work is no reason to change. */
const CHANGE_CPU = 3;
/** These files are read once a minute: none is held open. */
const NONE_KEPT = new DescriptorBudget(0);

/** CPU time of each group right below the root, seconds; what cannot be read is left out. */
const usageBelow = (tree: Hierarchy): Map<string, number> => {
  const usage = new Map<string, number>();
  const mount = Buffer.from(`${tree.mount}/`);
  for (const entry of readdirSync(tree.mount, { withFileTypes: true, encoding: 'buffer' })) {
    if (!entry.isDirectory()) continue;
    const path = usageFile(tree, Buffer.concat([mount, entry.name]));
    try {
      usage.set(entry.name.toString('latin1'), groupUsage(tree, new KeptFile(path, NONE_KEPT)));
    } catch (cause) {
      if (!(cause instanceof SourceError)) throw cause;
    }
  }
  return usage;
};

/** One tree and what its groups were seen to use. */
class Candidate {
  readonly tree: Hierarchy;
  #usage = new Map<string, number>();

  constructor(tree: Hierarchy) {
    this.tree = tree;
  }

  /** CPU time that groups of the tree used since the last call, seconds; at the first all they ever did. */
  used(): number {
    let now: Map<string, number>;
    try {
      now = usageBelow(this.tree);
    } catch {
      // Unmounted, or closed to us: it tells nothing apart. What it showed is remembered: else all of it would count as
      // used at once when it is back.
      return 0;
    }
    let used = 0;
    for (const [name, usage] of now) {
      const before = this.#usage.get(name) ?? 0;
      // Less than before: another group took the name.
      used += usage >= before ? usage - before : usage;
    }
    this.#usage = now;
    return used;
  }
}

/**
 * Which tree of a hybrid host to read: the one whose groups hold more of the host's CPU time. A tree may have many
 * groups in which nothing runs (systemd's own, where a runtime makes its containers in the other), so their number
 * decides only between trees that hold about as much.
 */
export class TreeChoice {
  readonly #candidates: readonly [Candidate, ...Candidate[]];
  readonly #most: number;

  constructor([first, ...others]: readonly [Hierarchy, ...Hierarchy[]], most: number) {
    this.#candidates = [new Candidate(first), ...others.map((tree) => new Candidate(tree))];
    this.#most = most;
  }

  /** The tree to begin with, by all that the groups that are there ever used; v1, the first, between equals. */
  first(): Hierarchy {
    const [best, ...others] = this.#candidates;
    return this.#best(best, others, { more: 1, cpu: 0 }).tree;
  }

  /** The tree to go on with, by what groups used since the last call: the one in use unless another is clearly better. */
  next(inUse: Hierarchy): Hierarchy {
    const at = this.#candidates.findIndex(({ tree }) => tree === inUse);
    const held = this.#candidates[at];
    if (held === undefined) return inUse;
    const others = this.#candidates.filter((other) => other !== held);
    return this.#best(held, others, { more: CHANGE_AT, cpu: CHANGE_CPU }).tree;
  }

  #best(held: Candidate, others: readonly Candidate[], margin: { more: number; cpu: number }): Candidate {
    let best = held;
    let most = held.used();
    for (const other of others) {
      const used = other.used();
      if (used > most * CHANGE_AT) {
        if (used - most < margin.cpu) continue;
      } else if (most > used * CHANGE_AT || !this.#hasMore(other, best, margin.more)) continue;
      best = other;
      most = used;
    }
    return best;
  }

  #hasMore(one: Candidate, other: Candidate, factor: number): boolean {
    return countGroups(one.tree.mount, this.#most) > countGroups(other.tree.mount, this.#most) * factor;
  }
}
