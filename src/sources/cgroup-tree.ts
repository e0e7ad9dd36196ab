import type { GroupReading } from '../model/group.ts';
import { SourceError } from '../model/source-error.ts';
import { add, type Seconds, seconds, sum } from '../units.ts';
import type { Hierarchy } from './cgroup-find.ts';
import { type GroupNode, hasMembers, readUsage } from './cgroup-node.ts';
import { GroupStructure } from './cgroup-structure.ts';

const MEMBERS_INTERVAL = 60;

/**
 * Reads one tree of groups tick by tick: one usage file a group, and one link count a group that has children.
 * Directories are listed only where something came or went.
 */
export class CgroupTree {
  readonly hierarchy: Hierarchy;
  readonly #structure: GroupStructure;
  readonly #rootHasUsage: boolean;
  #tick = 0;
  #at = seconds(0);
  #failed = 0;

  /** Throws SourceError where the root cannot be read. */
  constructor(hierarchy: Hierarchy, most: number) {
    this.hierarchy = hierarchy;
    this.#structure = new GroupStructure(hierarchy, most);
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

  /** One tick: every known group, the root first, parents before children. Throws SourceError if the root fails. */
  read(at: Seconds): GroupReading[] {
    this.#tick++;
    this.#at = at;
    this.#failed = 0;
    const readings: GroupReading[] = [];
    if (!this.#visit(this.#structure.root, undefined, readings)) {
      throw new SourceError('gone', `the control groups below ${this.hierarchy.mount} are gone`);
    }
    if (!this.#rootHasUsage) this.#sumUp(readings);
    return readings;
  }

  close(): void {
    this.#structure.close();
  }

  /** Adds a group and all below it to `out`. False if it was removed. */
  #visit(node: GroupNode, parent: string | undefined, out: GroupReading[]): boolean {
    if (!this.#readCpu(node)) return false;
    // Never read yet: it and all below it show once it can be read.
    if (node.cpu === undefined) return true;
    const relisted = this.#structure.changed(node, this.#tick);
    if (relisted) this.#structure.expand(node);
    if (node.children.size > 0 && (relisted || this.#at - node.membersAt >= MEMBERS_INTERVAL)) {
      node.members = hasMembers(node);
      node.membersAt = this.#at;
    }
    const { id, path, cpu } = node;
    const members = node.children.size === 0 || node.members;
    out.push(parent === undefined ? { id, path, cpu, members } : { id, path, parent, cpu, members });
    if (node.children.size > 0) this.#visitChildren(node, out);
    return true;
  }

  #visitChildren(node: GroupNode, out: GroupReading[]): void {
    let lost = false;
    for (const child of node.children.values()) {
      if (this.#visit(child, node.id, out)) continue;
      this.#structure.remove(node, child);
      lost = true;
    }
    if (!lost) return;
    // Another group may have taken the name, which leaves the link count as it was.
    for (const child of this.#structure.expand(node)) this.#visit(child, node.id, out);
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
  #sumUp(readings: GroupReading[]): void {
    const root = readings[0];
    if (root === undefined) return;
    const children = readings.filter((reading) => reading.parent === root.id).map(({ cpu }) => cpu);
    readings[0] = { ...root, cpu: add(seconds(this.#structure.root.removed), sum(children)) };
  }
}
