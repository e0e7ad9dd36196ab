import type { GroupSample, GroupTree } from '../model/group.ts';
import type { HostPaths } from '../model/source.ts';
import { SourceError } from '../model/source-error.ts';
import { add, type Seconds, seconds, sum } from '../units.ts';
import { GroupCount } from './cgroup-count.ts';
import type { Hierarchy } from './cgroup-find.ts';
import { type HeldGroups, heldGroups } from './cgroup-held.ts';
import { type GroupNode, hasMembers, readUsage } from './cgroup-node.ts';
import { GroupResources } from './cgroup-resources.ts';
import { GroupStructure } from './cgroup-structure.ts';

const MEMBERS_INTERVAL = 60;

/**
 * Reads one tree of groups tick by tick: one usage file a group, one link count a group that has children, and how many
 * groups there are.
 * Directories are listed only where something came or went.
 */
export class CgroupTree {
  readonly hierarchy: Hierarchy;
  readonly #structure: GroupStructure;
  readonly #rootHasUsage: boolean;
  #tick = 0;
  #at = seconds(0);
  #failed = 0;
  #membersAt = seconds(Number.NEGATIVE_INFINITY);
  #looksAtMembers = false;
  #cpu: Seconds[] = [];
  // What stood at each position at the last tick, and the tree made of it while that holds.
  readonly #nodes: GroupNode[] = [];
  readonly #parents: number[] = [];
  readonly #members: boolean[] = [];
  #known: GroupTree | undefined;
  #held: HeldGroups | undefined;

  readonly #resources: GroupResources;
  readonly #count: GroupCount;

  /** Throws SourceError where the root cannot be read. */
  constructor(hierarchy: Hierarchy, most: number, { procfs, sysfs }: HostPaths) {
    this.hierarchy = hierarchy;
    this.#structure = new GroupStructure(hierarchy, most);
    this.#resources = new GroupResources(hierarchy, sysfs);
    this.#count = new GroupCount(hierarchy, procfs);
    try {
      this.#rootHasUsage = this.#hasUsage();
    } catch (cause) {
      this.close();
      throw cause;
    }
  }

  /** Groups known, the root included. */
  get size(): number {
    return this.#structure.size;
  }

  /** Groups that the limit left out. */
  get untaken(): number {
    return this.#structure.untaken;
  }

  /** Groups that could not be read at the last tick. */
  get failed(): number {
    return this.#failed + this.#structure.unopened;
  }

  /**
   * One tick: every known group, the root first, parents before children. Throws SourceError if the root fails.
   *
   * @param wantsMemory whether anything goes by memory.
   */
  read(at: Seconds, wantsMemory: boolean): GroupSample {
    this.#tick++;
    this.#at = at;
    this.#failed = 0;
    this.#structure.begin(this.#count.read());
    const cpu = this.#readHeld() ?? this.#walk();
    const tree = this.#treeOf(cpu.length);
    if (!this.#rootHasUsage) cpu[0] = this.#sumOfChildren(tree, cpu);
    return { at, tree, cpu, ...this.#resources.read(this.#nodes, tree, at, wantsMemory) };
  }

  close(): void {
    this.#held = undefined;
    this.#structure.close();
    this.#count.close();
  }

  /** All groups from the root, wherever anything came or went. Throws SourceError if the root fails. */
  #walk(): Seconds[] {
    // Descriptors may be closed on the way, and their numbers be given to other files.
    this.#held?.giveBack(this.#nodes, this.#cpu);
    this.#held = undefined;
    this.#failed = 0;
    this.#cpu = [];
    this.#looksAtMembers = this.#isDue();
    if (this.#looksAtMembers) this.#membersAt = this.#at;
    if (!this.#visit(this.#structure.root, -1)) {
      throw new SourceError('gone', `the control groups below ${this.hierarchy.mount} are gone`);
    }
    if (this.#structure.isWhole && this.#failed === 0 && this.#cpu.length === this.size)
      this.#held = heldGroups(this.hierarchy, this.#nodes, this.#cpu.length);
    return this.#cpu;
  }

  /** The same where nothing came or went since the last walk; undefined where that is not certain. */
  #readHeld(): Seconds[] | undefined {
    const held = this.#held;
    if (held === undefined || !this.#structure.isWhole || held.size !== this.size || this.#isDue())
      return undefined;
    const cpu = held.read((position) => {
      const node = this.#nodes[position];
      if (node === undefined || this.#structure.changed(node, this.#tick)) return undefined;
      return !this.#readCpu(node) || this.#failed > 0 ? undefined : node.cpu;
    });
    if (cpu !== undefined) this.#cpu = cpu;
    return cpu;
  }

  /** One clock for all: each with its own, there would be a walk at every tick once they arrived at different times. */
  #isDue(): boolean {
    return this.#at - this.#membersAt >= MEMBERS_INTERVAL;
  }

  /** Reads a group and all below it. False if it was removed. */
  #visit(node: GroupNode, parent: number): boolean {
    if (!this.#readCpu(node)) return false;
    // Never read yet: it and all below it show once it can be read.
    if (node.cpu === undefined) return true;
    const relisted = this.#structure.changed(node, this.#tick);
    if (relisted) this.#structure.expand(node);
    if (node.children.size > 0 && (relisted || this.#looksAtMembers)) node.members = hasMembers(node);
    const at = this.#cpu.push(node.cpu) - 1;
    this.#note(at, node, parent);
    if (node.children.size > 0) this.#visitChildren(node, at);
    return true;
  }

  #visitChildren(node: GroupNode, at: number): void {
    let lost = false;
    for (const child of node.children.values()) {
      if (this.#visit(child, at)) continue;
      this.#structure.remove(node, child);
      lost = true;
    }
    if (!lost) return;
    // Another group may have taken the name, which leaves the link count as it was.
    for (const child of this.#structure.expand(node)) this.#visit(child, at);
  }

  /** Notes which group stands at a position, and whether that is another one than at the last tick. */
  #note(at: number, node: GroupNode, parent: number): void {
    const members = node.children.size === 0 || node.members;
    if (this.#nodes[at] === node && this.#parents[at] === parent && this.#members[at] === members) return;
    this.#nodes[at] = node;
    this.#parents[at] = parent;
    this.#members[at] = members;
    this.#known = undefined;
  }

  /** The tree as it was just read; the same object while nothing has changed. */
  #treeOf(size: number): GroupTree {
    if (this.#known?.ids.length === size) return this.#known;
    for (const list of [this.#nodes, this.#parents, this.#members]) list.length = size;
    this.#known = {
      ids: this.#nodes.map(({ id }) => id),
      paths: this.#nodes.map(({ path }) => path),
      parents: [...this.#parents],
      members: [...this.#members],
    };
    return this.#known;
  }

  /** False if the group was removed. What fails otherwise keeps its last reading and catches up later. */
  #readCpu(node: GroupNode): boolean {
    const isRoot = node === this.#structure.root;
    try {
      node.cpu = isRoot && !this.#rootHasUsage ? seconds(0) : readUsage(this.hierarchy, node);
    } catch (cause) {
      if (!(cause instanceof SourceError)) throw cause;
      if (cause.kind === 'gone') return false;
      if (isRoot) throw cause;
      this.#failed++;
    }
    return true;
  }

  /** Older kernels give the root of v2 no cpu.stat. */
  #hasUsage(): boolean {
    try {
      readUsage(this.hierarchy, this.#structure.root);
      return true;
    } catch (cause) {
      if (cause instanceof SourceError && cause.kind === 'gone') return false;
      throw cause;
    }
  }

  /** The root's use where it has no file: that of its children, removed ones included so that it never falls. */
  #sumOfChildren(tree: GroupTree, cpu: readonly Seconds[]): Seconds {
    const children = cpu.filter((_, at) => tree.parents[at] === 0);
    return add(seconds(this.#structure.root.removed), sum(children));
  }
}
