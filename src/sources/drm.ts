import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { counted, plural } from '../model/counted.ts';
import { absent, type Found, found } from '../model/found.ts';
import type { Clock, HostPaths, OpenSource, SampleDraft, Source } from '../model/source.ts';
import { SourceError } from '../model/source-error.ts';
import { type Seconds, seconds } from '../units.ts';
import { type CardsFound, findCards } from './drm-cards.ts';
import type { DrmOptions } from './drm-options.ts';
import { DrmPoller } from './drm-poll.ts';
import { type DrmPass, DrmProcesses } from './drm-processes.ts';
import { type ChannelRule, findChannels } from './hwmon-channels.ts';
import { Lanes } from './lanes.ts';
import type { GroupHierarchy } from './process-group.ts';

const NAME = 'drm';
/** Boards that came or went are looked for this often. */
const RELIST = seconds(60);
/** Rest between two slices of a pass, in ms. */
const REST = 15;

/** What other sources are configured with: a board bears its id in hwmon, a process is in a group of cgroup's tree. */
interface Others {
  readonly interval: number;
  readonly channels: readonly ChannelRule[];
  readonly hierarchy: GroupHierarchy;
}

/**
 * AMD and Intel boards beside their energy, which hwmon reads: use, memory, heat, clocks, and processes.
 *
 * @param lanes shared with hwmon, so that a dead board holds one thread and not two.
 */
export const drmSource = (options: DrmOptions, others: Others, lanes = new Lanes(2)): Source => ({
  name: NAME,
  rare: true,
  summary:
    'use, memory, temperature, clocks and processes of AMD and Intel GPUs (/sys/class/drm, /proc/PID/fdinfo)',
  open: async (paths, clock): Promise<Found<OpenSource>> => {
    const listed = await listOf(paths.sysfs);
    const channels = await findChannels(paths.sysfs, others.channels, others.interval);
    const cards = await findCards(paths.sysfs, channels);
    if (cards.cards.length > 0)
      return found(
        new OpenDrm(cards, listed, { ...options, ...paths, hierarchy: others.hierarchy }, clock, lanes),
      );
    const [note] = cards.notes;
    return note === undefined
      ? absent(`no AMD or Intel GPU below ${paths.sysfs}/class/drm`)
      : absent(note, 'Update the kernel: the driver shows no power or energy of this board to hwmon.');
  },
});

class OpenDrm implements OpenSource {
  readonly quality = 'measured';
  readonly #found: CardsFound;
  readonly #sysfs: string;
  readonly #listed: string;
  readonly #pollers: readonly DrmPoller[];
  readonly #processes: DrmProcesses | undefined;
  readonly #interval: number;
  readonly #clock: Clock;
  #pass: DrmPass | undefined;
  #timer: NodeJS.Timeout | undefined;
  #relistAt: Seconds;
  #changed = false;
  #closed = false;

  constructor(
    cards: CardsFound,
    listed: string,
    options: DrmOptions & HostPaths & Pick<Others, 'hierarchy'>,
    clock: Clock,
    lanes: Lanes,
  ) {
    this.#found = cards;
    this.#sysfs = options.sysfs;
    this.#listed = listed;
    this.#clock = clock;
    this.#interval = options.process_interval;
    this.#relistAt = seconds(clock.monotonic() + RELIST);
    this.#pollers = cards.cards.map((card) => new DrmPoller(card, options.interval, clock, lanes));
    if (options.max_descriptors === 0) return;
    this.#processes = new DrmProcesses(options, cards.cards, clock, lanes);
    void this.#walk(this.#processes);
  }

  get detail(): string {
    const counts = new Map<string, number>();
    for (const { board } of this.#found.cards) counts.set(board.model, (counts.get(board.model) ?? 0) + 1);
    const { hidden = 0, cut = false } = this.#pass ?? {};
    return [
      [...counts].map(([model, count]) => (count === 1 ? model : `${count} x ${model}`)).join(', '),
      ...this.#found.notes,
      ...(hidden > 0
        ? [
            `${counted(hidden, 'process', 'processes')} of other users ${plural(hidden, 'is', 'are')} hidden: give it CAP_SYS_PTRACE`,
          ]
        : []),
      ...(cut ? ['some processes were not looked at: raise max_descriptors'] : []),
    ].join('; ');
  }

  read(draft: SampleDraft): void {
    const failures = this.#pollers
      .map((poller) => poller.take(draft, this.#pass?.byBoard.get(poller.card.board.meter) ?? this.#none()))
      .filter((failure) => failure !== undefined);
    this.#relist();
    const [first] = failures;
    if (first === undefined) return;
    throw new SourceError(
      'retry',
      `${failures.length} of ${this.#pollers.length} boards: ${failures.map(({ message }) => message).join('; ')}`,
      { cause: first, fix: first.fix },
    );
  }

  /** An empty list says that nobody uses the board: only once a pass has looked, and was let look everywhere. */
  #none(): readonly [] | undefined {
    return this.#pass === undefined || this.#pass.hidden > 0 || this.#pass.cut ? undefined : [];
  }

  async #walk(processes: DrmProcesses): Promise<void> {
    const began = this.#clock.monotonic();
    try {
      this.#pass = await processes.pass(() => this.#after(REST));
    } catch {
      // No procfs: boards are told without processes, and other sources say what is missing.
      this.#pass = undefined;
    }
    if (this.#closed) return;
    const left = this.#interval - (this.#clock.monotonic() - began);
    this.#timer = setTimeout(() => void this.#walk(processes), Math.max(0, left) * 1000);
    this.#timer.unref();
  }

  #after(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.#timer = setTimeout(resolve, milliseconds);
      this.#timer.unref();
    });
  }

  #relist(): void {
    if (this.#changed) throw new SourceError('gone', 'the list of GPUs has changed: looked for anew');
    const now = this.#clock.monotonic();
    if (now < this.#relistAt) return;
    this.#relistAt = seconds(now + RELIST);
    void listOf(this.#sysfs).then((list) => {
      this.#changed = list !== this.#listed;
    });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const poller of this.#pollers) poller.close();
  }
}

/** Names alone: a look into the devices would wake some of them, or call firmware. Never rejects. */
const listOf = async (sysfs: string): Promise<string> => {
  const lists = ['drm', 'hwmon'].map((name) => readdir(join(sysfs, 'class', name)).catch(() => []));
  return (await Promise.all(lists)).flatMap((list) => list.sort()).join(' ');
};
