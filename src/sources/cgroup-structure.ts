import { SourceError } from '../model/source-error.ts';
import type { Hierarchy } from './cgroup-find.ts';
import { closeNode, type GroupNode, NO_CHILDREN, openNode } from './cgroup-node.ts';

/** Groups without children are looked at for new ones every so many ticks: until then their own usage counts them. */
const LEAF_TICKS = 6;

/** Which groups without children are looked at in a tick: a sixth of them, none where all groups are known, or all. */
type Looks = 'in-turn' | 'none' | 'all';

const withDescendants = function* (node: GroupNode): Generator<GroupNode> {
  yield node;
  for (const child of node.children.values()) yield* withDescendants(child);
};

/** Which groups are known and held open. Follows what comes and goes, within a limit; reads no usage. */
export class GroupStructure {
  readonly hierarchy: Hierarchy;
  readonly root: GroupNode;
  readonly #most: number;
  #opened = 0;
  #size = 1;
  #untaken = 0;
  #unopened = 0;
  #looks: Looks = 'in-turn';
  #unknown: number | undefined;

  /** Throws SourceError where the root cannot be opened. */
  constructor(hierarchy: Hierarchy, most: number) {
    this.hierarchy = hierarchy;
    this.#most = most;
    this.root = openNode(hierarchy, undefined, Buffer.alloc(0), 0);
    this.expand(this.root);
  }

  /** Groups known, the root included. */
  get size(): number {
    return this.#size;
  }

  /** Groups below a known one that the limit left out, with all below them: counted in their ancestors. */
  get untaken(): number {
    return this.#untaken;
  }

  /** Groups below a known one that cannot be opened: counted in their ancestors. */
  get unopened(): number {
    return this.#unopened;
  }

  /**
   * Begins a tick.
   *
   * @param count groups that the kernel has, undefined where it does not tell. As many as are known: none of them has
   *   one below it that is not, and no leaf is looked at. When there are more for the first time, all are looked at; where
   *   there always are, as beyond the limit or outside of a container, each in its turn.
   */
  begin(count: number | undefined): void {
    const unknown = count === undefined ? undefined : count - this.#size;
    this.#looks = unknown === 0 ? 'none' : this.#unknown === 0 && (unknown ?? 0) > 0 ? 'all' : 'in-turn';
    this.#unknown = unknown;
  }

  /** Whether the kernel has no group that is not known and held here. */
  get isWhole(): boolean {
    return this.#looks === 'none' && this.#untaken === 0 && this.#unopened === 0;
  }

  /** Whether a group's children may differ from what is known; asked at every tick, answered without a listing. */
  changed(node: GroupNode, tick: number): boolean {
    const inTurn = (tick + node.turn) % LEAF_TICKS === 0;
    if (inTurn && (node.unopened > 0 || (node.untaken > 0 && this.#size < this.#most))) return true;
    const isLooked = this.#looks === 'all' || (this.#looks === 'in-turn' && inTurn);
    return (isLooked || node === this.root || node.children.size > 0) && node.directory.changed();
  }

  /** Takes in what is new below a group, breadth first so that the limit cuts the deepest. Returns its new children. */
  expand(node: GroupNode): readonly GroupNode[] {
    const children = this.#list(node);
    const fresh = [...children];
    for (const child of fresh) fresh.push(...this.#list(child));
    return children;
  }

  /** Drops a removed child with all below it. */
  remove(parent: GroupNode, node: GroupNode): void {
    for (const one of withDescendants(node)) {
      this.#size--;
      this.#untaken -= one.untaken;
      this.#unopened -= one.unopened;
    }
    parent.children.delete(node.name);
    if (parent.children.size === 0) parent.children = NO_CHILDREN;
    parent.removed += node.cpu ?? 0;
    closeNode(node);
  }

  close(): void {
    closeNode(this.root);
  }

  #list(node: GroupNode): GroupNode[] {
    let names: Buffer[];
    try {
      names = node.directory.subdirectories();
    } catch {
      // Its own usage goes on counting all below it.
      return [];
    }
    const present = new Map(names.map((name) => [name.toString('latin1'), name]));
    for (const [key, child] of node.children) {
      if (!present.has(key) || child.directory.removed()) this.remove(node, child);
    }
    this.#untaken -= node.untaken;
    this.#unopened -= node.unopened;
    node.untaken = 0;
    node.unopened = 0;
    const fresh: GroupNode[] = [];
    for (const [key, name] of present) {
      if (node.children.has(key)) continue;
      if (this.#size >= this.#most) node.untaken++;
      else fresh.push(...this.#take(node, key, name));
    }
    this.#untaken += node.untaken;
    this.#unopened += node.unopened;
    return fresh;
  }

  #take(parent: GroupNode, key: string, name: Buffer): GroupNode[] {
    try {
      const node = openNode(this.hierarchy, parent, name, ++this.#opened);
      if (parent.children === NO_CHILDREN) parent.children = new Map();
      parent.children.set(key, node);
      this.#size++;
      return [node];
    } catch (cause) {
      if (!(cause instanceof SourceError)) throw cause;
      if (cause.kind !== 'gone') parent.unopened++;
      return [];
    }
  }
}
