import { readFile } from 'node:fs/promises';
import type { GpuProcess } from '../model/gpu.ts';
import type { Clock } from '../model/source.ts';
import { bytes, ratio, type Seconds, seconds } from '../units.ts';
import type { DrmCard } from './drm-cards.ts';
import { findGpuFiles, type GpuFile } from './drm-descriptors.ts';
import { type DrmClient, parseFdinfo } from './drm-fdinfo.ts';
import type { Lanes } from './lanes.ts';
import { type GroupHierarchy, groupOf } from './process-group.ts';

/** A client at one instant, and the process that is named for it: the one with the lowest number. */
interface Seen {
  readonly pid: number;
  readonly card: DrmCard;
  readonly at: Seconds;
  readonly client: DrmClient;
}

export interface DrmPass {
  /** By id of the board's meter. */
  readonly byBoard: ReadonlyMap<string, readonly GpuProcess[]>;
  /** Processes whose descriptors may not be listed. */
  readonly hidden: number;
  /** The limit of descriptors was reached: others were not looked at. */
  readonly cut: boolean;
}

interface Where {
  readonly procfs: string;
  readonly hierarchy: GroupHierarchy;
  /** Open files that one pass looks at, at most. */
  readonly max_descriptors: number;
}

/** Finds out which processes use which board, pass by pass; keeps what the clients had used at the last one. */
export class DrmProcesses {
  readonly #where: Where;
  readonly #clock: Clock;
  readonly #lanes: Lanes;
  readonly #byNode: ReadonlyMap<string, DrmCard>;
  #before: ReadonlyMap<string, Seen> | undefined;
  #began: Seconds | undefined;

  constructor(where: Where, cards: readonly DrmCard[], clock: Clock, lanes: Lanes) {
    this.#where = where;
    this.#clock = clock;
    this.#lanes = lanes;
    this.#byNode = new Map(cards.flatMap((card) => card.nodes.map((node) => [node, card] as const)));
  }

  /** One pass, in slices with `rest` between them. Never rejects for a process that ends meanwhile. */
  async pass(rest: () => Promise<void>): Promise<DrmPass> {
    const { procfs, max_descriptors } = this.#where;
    const from = this.#clock.monotonic();
    const known = new Set([...(this.#before?.values() ?? [])].map(({ pid }) => pid));
    const { held, hidden, cut } = await findGpuFiles(procfs, this.#byNode, known, max_descriptors, rest);
    const seen = new Map<string, Seen>();
    for (const one of held) {
      const found = await this.#read(one);
      // The same client again: another descriptor of it, or another process that inherited it.
      if (found !== undefined && !seen.has(found[0])) seen.set(...found);
    }
    const byBoard = new Map<string, GpuProcess[]>();
    for (const [key, list] of grouped(seen)) {
      const [meter, process] = this.#processOf(key, list);
      byBoard.set(meter, [...(byBoard.get(meter) ?? []), process]);
    }
    this.#before = seen;
    this.#began = from;
    return { byBoard, hidden, cut };
  }

  /** The driver fills this file and may wait for its board: in the board's own lane. */
  async #read({ pid, card, file }: GpuFile): Promise<readonly [string, Seen] | undefined> {
    await this.#lanes.enter(card.lane);
    try {
      const before = this.#clock.monotonic();
      const client = parseFdinfo(await readFile(file, 'latin1'));
      const at = seconds((before + this.#clock.monotonic()) / 2);
      return client === undefined
        ? undefined
        : [`${card.board.meter} ${client.id}`, { pid, card, at, client }];
    } catch {
      return undefined;
    } finally {
      this.#lanes.leave(card.lane);
    }
  }

  #processOf(key: string, list: readonly (readonly [string, Seen])[]): readonly [string, GpuProcess] {
    const pid = Number(key.slice(key.lastIndexOf(' ') + 1));
    const meter = key.slice(0, key.lastIndexOf(' '));
    const group = groupOf(this.#where.procfs, pid, this.#where.hierarchy);
    const sizes = list.flatMap(([, { client }]) => client.memory ?? []);
    const shares = list.flatMap(([id, now]) => this.#shareOf(id, now) ?? []);
    const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
    return [
      meter,
      {
        pid,
        ...(group === undefined ? {} : { group }),
        ...(shares.length === 0 ? {} : { utilization: ratio(Math.min(1, total(shares))) }),
        ...(sizes.length === 0 ? {} : { memory: bytes(total(sizes)) }),
      },
    ];
  }

  /** Share of the board's working engines that a client kept busy since the last pass; none at the first one. */
  #shareOf(id: string, { at, card, client }: Seen): number | undefined {
    const before = this.#before;
    if (before === undefined || this.#began === undefined) return undefined;
    const old = before.get(id);
    const elapsed = (at - (old?.at ?? this.#began)) * 1e9;
    let share = 0;
    let known = false;
    for (const [name, engine] of client.engines) {
      // What is new since the last pass did all of its work since then.
      const start = old?.client.engines.get(name)?.busy ?? 0;
      const whole =
        engine.total === undefined ? elapsed : engine.total - (this.#totalBefore(card, name) ?? engine.total);
      if (whole <= 0) continue;
      known = true;
      share += Math.max(0, engine.busy - start) / (whole * engine.capacity);
    }
    return known ? share : undefined;
  }

  /** Cycles that an engine had had at the last pass: the same for every client of the board. */
  #totalBefore(card: DrmCard, engine: string): number | undefined {
    for (const seen of this.#before?.values() ?? []) {
      const total = seen.card === card ? seen.client.engines.get(engine)?.total : undefined;
      if (total !== undefined) return total;
    }
    return undefined;
  }
}

/** Clients by board and process. */
const grouped = (seen: ReadonlyMap<string, Seen>): ReadonlyMap<string, (readonly [string, Seen])[]> => {
  const groups = new Map<string, (readonly [string, Seen])[]>();
  for (const [id, one] of seen) {
    const key = `${one.card.board.meter} ${one.pid}`;
    groups.set(key, [...(groups.get(key) ?? []), [id, one]]);
  }
  return groups;
};
