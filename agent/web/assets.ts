import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { acceptsGzip } from '../accept.ts';
import { type Reply, text } from '../reply.ts';

const TYPES = {
  '/style.css': 'text/css; charset=utf-8',
  '/page.js': 'text/javascript; charset=utf-8',
  '/icon.svg': 'image/svg+xml',
} as const;

export type Asset = keyof typeof TYPES;
export const ASSETS = Object.keys(TYPES) as readonly Asset[];

/** Beside the bundle; for the sources themselves in dist/, where the build puts it. */
const placeOf = (name: Asset): URL => {
  const places = [`./web${name}.gz`, `../../dist/web${name}.gz`].map(
    (path) => new URL(path, import.meta.url),
  );
  return places.find((url) => existsSync(url)) ?? (places[0] as URL);
};

/**
 * What the page loads beside itself: files that the build has packed, read when somebody asks. Nobody looks at most
 * agents, so none of it is held in memory. A browser that has it asks with its tag, and is told that it still holds.
 */
export const assetReply = async (name: Asset, { headers }: IncomingMessage): Promise<Reply> => {
  let packed: Buffer;
  try {
    packed = await readFile(placeOf(name));
  } catch {
    return text(500, `dist/web${name}.gz is not beside the program: install negawatt again, or build it`);
  }
  const tag = `"${createHash('sha256').update(packed).digest('base64url').slice(0, 16)}"`;
  const common = { ETag: tag, 'Cache-Control': 'no-cache', Vary: 'Accept-Encoding' };
  const type = TYPES[name];
  if (headers['if-none-match']?.split(',').some((one) => one.trim() === tag) === true)
    return { status: 304, type, body: '', headers: common };
  return acceptsGzip(headers['accept-encoding']?.toString())
    ? { status: 200, type, body: packed, headers: { ...common, 'Content-Encoding': 'gzip' } }
    : { status: 200, type, body: gunzipSync(packed), headers: common };
};

/** What a page that stands by itself holds within. */
export const assetText = async (name: Asset): Promise<string> =>
  gunzipSync(await readFile(placeOf(name))).toString();
