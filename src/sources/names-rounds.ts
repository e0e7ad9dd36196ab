import type { Facts, WorkloadFacts } from '../model/facts.ts';
import type { GroupTree } from '../model/group.ts';
import type { Clock, OpenSource, SampleDraft } from '../model/source.ts';
import { SourceError } from '../model/source-error.ts';
import type { Workload } from '../model/workload.ts';
import type { Seconds } from '../units.ts';
import { type FactsDesk, MOST_FACTS } from './facts.ts';
import { type Nameless, namelessIn } from './names-groups.ts';
import { printable } from './text.ts';

/** What a round of questions gave. With `trouble` it is what could be had nevertheless. */
export interface Answer {
  readonly facts: Facts;
  readonly trouble?: SourceError;
}

export interface RoundsOptions {
  readonly clock: Clock;
  readonly desk: FactsDesk;
  /** What is asked, in a word or two: `containers`. */
  readonly what: string;
  /** Whether this source may know the workload. */
  readonly knows: (workload: Workload) => boolean;
  /** Asks for all of them. Must end by itself, or when the signal says so. */
  readonly ask: (nameless: readonly Nameless[], signal: AbortSignal) => Promise<Answer>;
  /** Between two rounds while nothing is new. */
  readonly interval: Seconds;
  /** What was heard when the source was looked for. */
  readonly first?: Facts;
}

/** A workload shows in the control groups before its runtime tells of it: it is asked for so often, so many seconds apart. */
const TRIES = 3;
const GAP = 5;
/** After a round that failed, seconds. */
const AGAIN = 30;
/** A round that takes longer hangs, seconds. */
const PATIENCE = 60;

/**
 * A source of names: asks in rounds, one at a time, when the control groups show a workload that it may know, and
 * slowly otherwise; never while there is nothing to name. A tick only starts a round or takes note of what has arrived.
 */
export class NameRounds implements OpenSource {
  readonly #options: RoundsOptions;
  readonly #stop = new AbortController();
  readonly #tries = new Map<string, number>();
  #tree: GroupTree | undefined;
  #nameless: readonly Nameless[] = [];
  #facts: Facts;
  #trouble: SourceError | undefined;
  #startedAt: Seconds | undefined;
  #running = false;

  constructor(options: RoundsOptions) {
    this.#options = options;
    this.#facts = options.first ?? new Map();
  }

  get detail(): string {
    const { what } = this.#options;
    if (this.#nameless.length === 0) return `there, and no ${what} to name`;
    return `${this.#facts.size} of ${this.#nameless.length} ${what} named`;
  }

  read(draft: SampleDraft): void {
    const { clock, desk } = this.#options;
    const now = clock.monotonic();
    const tree = draft.groups?.tree;
    if (tree !== undefined && tree !== this.#tree) this.#follow(tree, now);
    if (this.#isDue(now)) void this.#round(now);
    draft.facts = desk.all(now);
    const silent = this.#running ? now - (this.#startedAt ?? now) : 0;
    if (silent > PATIENCE) {
      throw new SourceError('retry', `no answer for ${silent.toFixed(0)} s`, {
        fix: 'See whether the disk or the service that is asked hangs; names that are known stay.',
      });
    }
    if (this.#trouble !== undefined) throw this.#trouble;
  }

  close(): void {
    this.#stop.abort();
    const { clock, desk } = this.#options;
    desk.put(new Map(), clock.monotonic());
  }

  #follow(tree: GroupTree, now: Seconds): void {
    this.#tree = tree;
    this.#nameless = namelessIn(tree)
      .filter(({ workload }) => this.#options.knows(workload))
      .slice(0, MOST_FACTS);
    const there = new Set(this.#nameless.map(({ key }) => key));
    for (const key of this.#tries.keys()) if (!there.has(key)) this.#tries.delete(key);
    this.#take(this.#facts, now);
  }

  #take(facts: Facts, now: Seconds): void {
    const here = new Map<string, WorkloadFacts>();
    for (const { key } of this.#nameless) {
      const said = facts.get(key);
      if (said !== undefined) here.set(key, said);
    }
    this.#facts = here;
    this.#options.desk.put(here, now);
  }

  #isDue(now: Seconds): boolean {
    if (this.#running || this.#nameless.length === 0) return false;
    const since = now - (this.#startedAt ?? Number.NEGATIVE_INFINITY);
    if (since >= this.#options.interval) return true;
    if (this.#trouble !== undefined) return since >= AGAIN;
    return since >= GAP && this.#nameless.some(({ key }) => this.#isNew(key));
  }

  #isNew(key: string): boolean {
    return !this.#facts.has(key) && (this.#tries.get(key) ?? 0) < TRIES;
  }

  async #round(now: Seconds): Promise<void> {
    const { ask, clock } = this.#options;
    this.#running = true;
    this.#startedAt = now;
    for (const { key } of this.#nameless)
      if (this.#isNew(key)) this.#tries.set(key, (this.#tries.get(key) ?? 0) + 1);
    try {
      const { facts, trouble } = await ask(this.#nameless, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      this.#trouble = trouble === undefined ? undefined : lasting(trouble);
      this.#take(facts, clock.monotonic());
    } catch (cause) {
      this.#trouble = lasting(cause);
    } finally {
      this.#running = false;
    }
  }
}

/** Whatever the failure, this source looks again by itself: names that are known stay. */
const lasting = (cause: unknown): SourceError =>
  cause instanceof SourceError
    ? new SourceError('retry', cause.message, { cause, fix: cause.fix })
    : new SourceError('retry', `names could not be read: ${printable(String(cause), 200)}`, {
        cause,
        fix: 'This is a defect of negawatt: please report it with the log. The other sources go on.',
      });
