import type { Snapshot } from '../snapshot.ts';
import type { Outcome } from './otlp-answer.ts';
import { HeaderError, readHeaders } from './otlp-headers.ts';
import { marksFile } from './otlp-marks.ts';
import { otlpMessage } from './otlp-message.ts';
import { endpointOf, type OtlpOptions } from './otlp-options.ts';
import { createPusher, FAULT_FIX, type PushClock, type PushEvent, type Pusher } from './otlp-push.ts';
import { createExportQueue, type ExportQueue, type Packed } from './otlp-queue.ts';
import { otlpResource } from './otlp-resource.ts';
import { createSender } from './otlp-send.ts';
import { createStarts, type StartsHandover } from './otlp-starts.ts';
import { readTlsFiles, TlsFileError } from './otlp-tls.ts';
import { toSend } from './to-send.ts';

/** What one run of a process leaves for the next: a reload neither looks like a reset nor loses what still waits. */
export interface OtlpHandover extends StartsHandover {
  queue?: ExportQueue;
}

export interface OtlpInput {
  readonly options: OtlpOptions;
  /** The snapshot to send; called at each push, after what it shows was kept. */
  readonly snapshot: () => Promise<Snapshot>;
  /** Where start times outlive a restart; undefined: nowhere, as the counters do not either. */
  readonly directory: string | undefined;
  /** Of the run before, also where no file can be kept; written here. */
  readonly handover?: OtlpHandover;
  readonly rootfs: string;
  readonly version: string;
  /** When this run began to count, milliseconds since 1970 UTC; default: with the process. */
  readonly since?: number;
  readonly onEvent: (event: PushEvent) => void;
  /** Held by a test. */
  readonly clock?: PushClock;
}

/**
 * Pushes snapshots over OTLP/HTTP in protobuf. Never blocks and never delays a tick: it only reads what the last one
 * left.
 */
export const createOtlp = async (input: OtlpInput): Promise<Pusher> => {
  const { options, snapshot, directory, handover = {}, rootfs, version, since, onEvent, clock } = input;
  const { compression, interval, timeout } = options;
  const url = endpointOf(options.url);
  const sender = await createSender({ url, compression, userAgent: `negawatt/${version}` });
  const marks = directory === undefined ? undefined : marksFile(directory);
  const kept = handover.marks === undefined ? await marks?.read() : undefined;
  // What is not yet there is no trouble.
  if (kept?.found === false && kept.state === 'unreadable')
    onEvent({ level: 'warn', message: kept.reason, fix: kept.fix });
  const startsOf = createStarts(handover.marks ?? (kept?.found === true ? kept.value : undefined), since);
  const place = `${url.origin}${url.pathname}`;
  let isKept = true;

  const make = async (): Promise<Packed> => {
    const current = toSend(await snapshot());
    const starts = startsOf(current);
    handover.marks = starts.marks;
    try {
      // Before it is sent: a start time that a receiver has seen must not be forgotten by a kill.
      await marks?.keep(starts.marks);
      isKept = true;
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      if (isKept) onEvent({ level: 'warn', message: `start times cannot be kept: ${why}`, fix: MARKS_FIX });
      isKept = false;
    }
    const { hostName } = current.setting.inventory;
    const resource = await otlpResource({ rootfs, hostName, version });
    return sender.packed(await otlpMessage(current, resource, starts));
  };
  const send = async (one: Packed, signal: AbortSignal, most = timeout * 1000): Promise<Outcome> => {
    try {
      const headers = await readHeaders(options.headers_files);
      const tls = await readTlsFiles(options);
      return await sender.send(one, { headers, tls }, most, signal);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      const isKnown = cause instanceof HeaderError || cause instanceof TlsFileError;
      return { kind: 'unsent', why, fix: isKnown ? cause.fix : FAULT_FIX };
    }
  };
  handover.queue ??= createExportQueue();
  const pusher = createPusher({
    interval,
    queue: handover.queue,
    make,
    send,
    onEvent: (event) => onEvent({ ...event, message: `${place}: ${event.message}` }),
    random: Math.random,
    wall: Date.now,
    ...(clock === undefined ? {} : { clock }),
  });
  return {
    ...pusher,
    close: async (grace) => {
      await pusher.close(grace);
      sender.close();
    },
  };
};

const MARKS_FIX =
  'Make the state directory writable: else a restart looks to the receiver as if counters began anew.';
