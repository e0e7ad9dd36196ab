import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { GUEST_FILES, GUEST_FORMAT } from '../model/guest-feed.ts';
import { SourceError } from '../model/source-error.ts';
import { failedRead } from './failure.ts';
import { printable } from './text.ts';

const digits = z.string().check(z.regex(/^\d{1,18}$/));

const feedSchema = z.object({
  format: z.literal(GUEST_FORMAT),
  host: z.string().check(z.maxLength(255)),
  quality: z.enum(['derived', 'estimated']),
  source: z.string().check(z.maxLength(64)),
  interval: z.number().check(z.gt(0), z.lte(3600)),
  /** Seconds since 1970 UTC, the host's clock. */
  updated: z.number().check(z.gte(0)),
  energyMicrojoules: digits,
  rangeMicrojoules: digits,
});
/** What the host handed on at one moment. */
export type PassedOn = z.infer<typeof feedSchema>;

/** Answers are a few hundred bytes. */
const MOST_BYTES = 64 * 1024;
/** The host's agent answers from memory. */
const TIMEOUT_MS = 5000;

const checked = (where: string, value: unknown): PassedOn => {
  const result = feedSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new SourceError(
    'retry',
    `${where}: ${issue?.path.join('.') || 'the whole'} is not what a host hands on to a guest`,
    {
      fix: 'Let both agents be of the same version; on the host see guests.directory.',
    },
  );
};

/** Reads the shared folder. Rejects with SourceError. */
export const readGuestFolder = async (folder: string): Promise<PassedOn> => {
  const text = async (file: string): Promise<string> => {
    const path = join(folder, file);
    try {
      return (await readFile(path, 'utf8')).trim();
    } catch (cause) {
      throw failedRead(
        path,
        cause,
        "On the host set guests.directory, share this guest's folder below it (virtiofs or 9p) and mount it here.",
      );
    }
  };
  // In this order: what is written last is read first, so that energy is never older than its time.
  const updated = Number(await text(GUEST_FILES.updated));
  const energyMicrojoules = await text(GUEST_FILES.energy);
  const rangeMicrojoules = await text(GUEST_FILES.range);
  const source = parsed(join(folder, GUEST_FILES.source), await text(GUEST_FILES.source));
  return checked(folder, { ...Object(source), updated, energyMicrojoules, rangeMicrojoules });
};

const parsed = (where: string, text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new SourceError('retry', `${where}: no JSON: "${printable(text, 40)}"`, { cause });
  }
};

/** Asks the host's agent. Rejects with SourceError. */
export const readGuestUrl = async (address: string): Promise<PassedOn> => {
  const url = new URL(address);
  // Without the password that an address may hold.
  const where = `${url.origin}${url.pathname}`;
  try {
    return checked(where, parsed(where, await bodyOf(url)));
  } catch (cause) {
    if (cause instanceof SourceError) throw cause;
    const why = printable(cause instanceof Error ? cause.message : String(cause), 200);
    throw new SourceError('retry', `${where}: ${why}`, {
      cause,
      fix: "On the host set guests.directory and let web.listen_address be reached from here; give the guest's address, .../api/v1/guests/NAME.",
    });
  }
};

const bodyOf = async (url: URL): Promise<string> => {
  const { get } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  return new Promise((resolve, reject) => {
    const request = get(
      url,
      { agent: false, signal: AbortSignal.timeout(TIMEOUT_MS) },
      (answer: IncomingMessage) => {
        const parts: Buffer[] = [];
        let length = 0;
        answer.on('data', (part: Buffer) => {
          length += part.length;
          if (length > MOST_BYTES) request.destroy(new Error(`answers more than ${MOST_BYTES} bytes`));
          else parts.push(part);
        });
        answer.on('error', reject);
        answer.on('end', () => {
          const body = Buffer.concat(parts).toString();
          if (answer.statusCode === 200) resolve(body);
          else reject(new Error(`answers ${answer.statusCode}: ${body.split('\n', 1)[0]}`));
        });
      },
    );
    request.on('error', reject);
  });
};
