import { existsSync } from 'node:fs';
import type { GroupTree } from '../model/group.ts';
import type { Seconds } from '../units.ts';
import { afterKey, lineEnd, skipBlanks, unsignedAt } from './bytes.ts';
import type { Hierarchy } from './cgroup-find.ts';
import type { GroupNode } from './cgroup-node.ts';
import { landing, readOnce } from './reader.ts';

/** Memory moves in minutes; its files are the dearest of a group. */
const MEMORY_EVERY = 60;
/** Quotas are set when a group is made and seldom after. */
const QUOTA_EVERY = 600;

interface Held {
  /** Bytes. */
  memory: number;
  /** Processors; 0 without a limit. */
  processors: number;
}

/** What groups hold and what they are limited to, beside their use. By position, as in the tree. */
export interface Resources {
  readonly memory?: readonly number[];
  readonly processors?: readonly number[];
}

/** Reads quotas and resident memory of the groups, a few of them at each tick. What cannot be read is 0. */
export class GroupResources {
  readonly #files: GroupFiles | undefined;
  readonly #held = new WeakMap<GroupNode, Held>();
  #tree: GroupTree | undefined;
  #processors: readonly number[] = [];
  #quotaTurn = 0;
  #memoryTurn = 0;
  #last: number | undefined;

  constructor(hierarchy: Hierarchy, sysfs: string) {
    this.#files = filesOf(hierarchy, `${sysfs}/fs/cgroup`);
  }

  /** @param wantsMemory whether anything goes by memory: a host without a meter of it is spared the reading. */
  read(nodes: readonly GroupNode[], tree: GroupTree, at: Seconds, wantsMemory: boolean): Resources {
    const files = this.#files;
    if (files === undefined) return {};
    const passed = this.#last === undefined ? MEMORY_EVERY : at - this.#last;
    this.#last = at;
    const fresh = tree === this.#tree ? [] : nodes.filter((node) => !this.#held.has(node));
    for (const node of fresh) {
      this.#held.set(node, { memory: 0, processors: files.processors(node) });
      if (wantsMemory) this.#setMemory(files, node);
    }
    let changed = tree !== this.#tree;
    this.#tree = tree;
    this.#quotaTurn = turn(nodes, this.#quotaTurn, passed / QUOTA_EVERY, (node) => {
      const held = this.#held.get(node);
      const processors = files.processors(node);
      if (held === undefined || held.processors === processors) return;
      held.processors = processors;
      changed = true;
    });
    if (changed) this.#processors = nodes.map((node) => this.#held.get(node)?.processors ?? 0);
    if (!wantsMemory) return { processors: this.#processors };
    this.#memoryTurn = turn(nodes, this.#memoryTurn, passed / MEMORY_EVERY, (node) =>
      this.#setMemory(files, node),
    );
    return { processors: this.#processors, memory: nodes.map((node) => this.#held.get(node)?.memory ?? 0) };
  }

  #setMemory(files: GroupFiles, node: GroupNode): void {
    const held = this.#held.get(node);
    if (held !== undefined) held.memory = files.memory(node);
  }
}

/** Does a share of all nodes, from where the last turn ended. Returns where this one did. */
const turn = (
  nodes: readonly GroupNode[],
  from: number,
  share: number,
  act: (node: GroupNode) => void,
): number => {
  const size = nodes.length;
  const end = from + Math.min(1, share) * size;
  for (let i = Math.floor(from); i < Math.floor(end); i++) {
    const node = nodes[i % size];
    if (node !== undefined) act(node);
  }
  return size === 0 ? 0 : end % size;
};

interface GroupFiles {
  memory(node: GroupNode): number;
  processors(node: GroupNode): number;
}

const ANON_V2 = Buffer.from('anon ');
const RSS_V1 = Buffer.from('total_rss ');

const filesOf = (hierarchy: Hierarchy, base: string): GroupFiles | undefined => {
  const { mount } = hierarchy;
  if (hierarchy.version === 'v2') {
    return {
      memory: (node) => keyed(fileOf(node, mount, mount, 'memory.stat'), ANON_V2),
      processors: (node) => quotaV2(fileOf(node, mount, mount, 'cpu.max')),
    };
  }
  const cpu = [mount, `${base}/cpu`, `${base}/cpu,cpuacct`].find((root) => existsSync(`${root}/cpu.shares`));
  const memory = `${base}/memory`;
  return {
    memory: (node) => keyed(fileOf(node, mount, memory, 'memory.stat'), RSS_V1),
    processors: (node) => {
      if (cpu === undefined) return 0;
      // -1 without a limit, which is no unsigned number.
      const quota = plain(fileOf(node, mount, cpu, 'cpu.cfs_quota_us'));
      if (quota <= 0) return 0;
      const period = plain(fileOf(node, mount, cpu, 'cpu.cfs_period_us'));
      return period > 0 ? quota / period : 0;
    },
  };
};

/** File of a group in the tree of another controller: version 1 gives each controller a tree with the same paths. */
const fileOf = (node: GroupNode, mount: string, root: string, name: string): Buffer => {
  const below = node.directory.path.subarray(Buffer.byteLength(mount));
  return Buffer.concat([Buffer.from(root), below, Buffer.from(`/${name}`)]);
};

const reading = (path: Buffer, parse: (content: Buffer, length: number) => number): number => {
  // Groups without the controller are many, and a failure costs ten times what this question does.
  if (!existsSync(path)) return 0;
  try {
    const length = readOnce(path);
    return Math.max(0, parse(landing.bytes, length));
  } catch {
    // The controller is not enabled for this group, or the group is gone: nothing is known to be kept for it.
    return 0;
  }
};

const keyed = (path: Buffer, key: Buffer): number =>
  reading(path, (content, length) => {
    const at = afterKey(content, length, key);
    if (at < 0) return 0;
    const end = lineEnd(content, at, length);
    return unsignedAt(content, skipBlanks(content, at, end), end);
  });

const plain = (path: Buffer): number => reading(path, (content, length) => unsignedAt(content, 0, length));

/** `QUOTA PERIOD` in microseconds, `max PERIOD` without a limit (kernel Documentation/admin-guide/cgroup-v2.rst). */
const quotaV2 = (path: Buffer): number =>
  reading(path, (content, length) => {
    const quota = unsignedAt(content, 0, length);
    if (quota <= 0) return 0;
    let at = 0;
    while (at < length && (content[at] ?? 0) > 0x20) at++;
    const period = unsignedAt(content, skipBlanks(content, at, length), length);
    return period > 0 ? quota / period : 0;
  });
