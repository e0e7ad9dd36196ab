import { absent, type Found, found, unanswered, unreadable } from '../model/found.ts';
import type { Clock, HostPaths, OpenSource, SampleDraft, Source } from '../model/source.ts';
import { SourceError } from '../model/source-error.ts';
import { type Seconds, seconds } from '../units.ts';
import type { RedfishClient } from './redfish-client.ts';
import { accessOf, connect } from './redfish-connect.ts';
import { within } from './redfish-deadline.ts';
import { RefusedError } from './redfish-error.ts';
import { findHost } from './redfish-find.ts';
import { RedfishMeters } from './redfish-meters.ts';
import type { RedfishOptions } from './redfish-options.ts';
import { type PowerPoll, readPower } from './redfish-read.ts';
import { AskLater, SlowPoll } from './slow-poll.ts';
import { printable } from './text.ts';

const NAME = 'redfish';
/** One try in this time stays below the lock-out of the usual BMC, three to five failures in a few minutes. */
const AFTER_REFUSAL = seconds(300);

/** Power of the whole host and of its supplies from its BMC over the network. */
export const redfishSource = (options: RedfishOptions): Source => {
  // For the life of the source: a new opening must not try again what was just refused.
  const verdict: Verdict = { until: seconds(0), mark: '', found: undefined };
  return {
    name: NAME,
    rare: true,
    summary: 'power of the whole host and of its supplies from its BMC, over the network: Redfish',
    open: (paths, clock) => openRedfish(paths, clock, options, verdict),
  };
};

/** Why the BMC is not asked before some time, unless with other credentials. */
interface Verdict {
  until: Seconds;
  mark: string;
  found: Found<never> | undefined;
}

const openRedfish = async (
  paths: HostPaths,
  clock: Clock,
  options: RedfishOptions,
  verdict: Verdict,
): Promise<Found<OpenSource>> => {
  const { url } = options;
  if (url === undefined) {
    return absent(
      'no BMC is configured',
      'To read the power supplies, set sources.redfish.url to the address of the BMC, and sources.redfish.credentials_file.',
    );
  }
  const access = await accessOf(url, options);
  if (!access.found) return access;
  const { mark } = access.value;
  if (verdict.found !== undefined && verdict.mark === mark && clock.monotonic() < verdict.until) {
    return verdict.found;
  }
  const client = await connect(access.value, options, clock.wall);
  const remember = (cause: unknown): void => {
    const wait =
      cause instanceof RefusedError ? AFTER_REFUSAL : cause instanceof AskLater ? cause.wait : undefined;
    if (wait !== undefined) {
      Object.assign(verdict, { until: clock.monotonic() + wait, mark, found: notFound(cause) });
    }
  };
  const bounded = async <T>(
    work: (signal: AbortSignal) => Promise<T>,
    unwanted?: AbortSignal,
  ): Promise<T> => {
    try {
      return await within(url, options.timeout, work, unwanted);
    } catch (cause) {
      remember(cause);
      throw cause;
    }
  };
  const asked = clock.monotonic();
  let opened: Found<OpenSource>;
  try {
    opened = await bounded(async (signal) => {
      const host = await findHost(client, options, paths.sysfs, signal);
      if (!host.found) return host;
      const dead = new Set<string>();
      const ask = (until: AbortSignal): Promise<PowerPoll> =>
        readPower(client, host.value, clock, dead, until);
      const first = await ask(signal);
      if (first.figures.length === 0) return nothingTold(url, host.value.chassis, first);
      const { chassis } = host.value;
      const again = async (unwanted: AbortSignal): Promise<PowerPoll> => {
        const poll = await bounded(ask, unwanted);
        if (poll.figures.length > 0) return poll;
        throw new SourceError('gone', `${url} tells no power of ${printable(chassis, 200)} any more`);
      };
      return found(new OpenRedfish(options, chassis, clock, client, again, { poll: first, asked }));
    });
  } catch (cause) {
    opened = notFound(cause);
  }
  if (!opened.found) client.close();
  return opened;
};

const nothingTold = (url: string, chassis: string, { missing }: PowerPoll): Found<never> =>
  absent(
    [`${url} tells no power of ${printable(chassis, 200)}`, ...missing].join(', '),
    'Set sources.redfish.chassis to the chassis that has the power supplies, or update the firmware of the BMC.',
  );

const notFound = (cause: unknown): Found<never> => {
  if (!(cause instanceof SourceError)) throw cause;
  return cause.kind === 'fatal' ? unreadable(cause.message, cause.fix) : unanswered(cause.message, cause.fix);
};

class OpenRedfish implements OpenSource {
  readonly quality = 'derived';
  readonly #options: RedfishOptions;
  readonly #chassis: string;
  readonly #client: RedfishClient;
  readonly #meters: RedfishMeters;
  readonly #poll: SlowPoll<PowerPoll>;
  #first: readonly PowerPoll[];
  #missing: readonly string[];

  constructor(
    options: RedfishOptions,
    chassis: string,
    clock: Clock,
    client: RedfishClient,
    ask: (unwanted: AbortSignal) => Promise<PowerPoll>,
    first: { readonly poll: PowerPoll; readonly asked: Seconds },
  ) {
    this.#options = options;
    this.#chassis = chassis;
    this.#client = client;
    this.#first = [first.poll];
    this.#missing = first.poll.missing;
    const interval = seconds(options.interval);
    this.#meters = new RedfishMeters(NAME, interval);
    const silence = { what: options.url ?? '', fix: 'Restart the BMC, or check the network to it.' };
    const patience = seconds(2 * options.timeout);
    this.#poll = new SlowPoll({ ask, interval, clock, patience, silence }, first.asked);
  }

  get detail(): string {
    const { url, interval } = this.#options;
    const open = url?.startsWith('http:') === true ? ['not encrypted'] : [];
    const chassis = printable(this.#chassis, 200);
    return [`${chassis} of ${url}, every ${interval} s`, ...open, ...this.#missing].join('; ');
  }

  read(draft: SampleDraft): void {
    const polls = [...this.#first, ...this.#poll.take()];
    this.#first = [];
    this.#missing = polls.at(-1)?.missing ?? this.#missing;
    this.#meters.write(draft, polls);
    const { failure } = this.#poll;
    if (failure !== undefined) throw failure;
  }

  close(): void {
    this.#poll.close();
    this.#client.close();
  }
}
