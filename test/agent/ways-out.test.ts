import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createLog } from '../../agent/log.ts';
import { openWaysOut } from '../../agent/ways-out.ts';
import { loadConfig } from '../../src/config/index.ts';
import type { Config, OtlpHandover, Snapshot } from '../../src/index.ts';
import { freshDirectory } from '../fixtures/agent-process.ts';
import { type Receiver, startReceiver } from '../fixtures/otlp-receiver.ts';
import { drivenHost } from '../fixtures/samples.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const opened = async (handover: OtlpHandover = {}) => {
  const { path, remove } = freshDirectory();
  ends.push(remove);
  const receiver: Receiver = await startReceiver();
  ends.push(() => receiver.close());
  const file = join(path, 'negawatt.prom');
  const loaded = await loadConfig({
    env: {
      NEGAWATT_EXPORT_OTLP_URL: receiver.url,
      NEGAWATT_EXPORT_OTLP_INTERVAL: '1s',
      NEGAWATT_EXPORT_TEXTFILE_PATH: file,
    },
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const lines: string[] = [];
  const log = createLog({ ...loaded.config.log, example: undefined, write: (line) => lines.push(line) });
  const driven = drivenHost();
  driven.settle();
  const kept = async (): Promise<Snapshot> => {
    const snapshot = driven.snapshot();
    if (snapshot === undefined) throw new Error('no snapshot');
    return snapshot;
  };
  const { config } = loaded;
  return { ways: await openWaysOut(config, undefined, log, handover), kept, receiver, file, lines, config };
};

describe('ways out that are closed', () => {
  it.each(['before they are started', 'while they are being started'])('%s stay closed', async (when) => {
    const { ways, kept, receiver, file } = await opened();
    if (when === 'before they are started') await ways.close();
    const starting = ways.start(kept);
    await ways.close();
    await starting;
    // As long as the first push takes at most, and a writing far more than that.
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    expect(receiver.requests).toEqual([]);
    expect(existsSync(file)).toBe(false);
  });

  it('have sent once more, and have taken the file away', async () => {
    const { ways, kept, receiver, file } = await opened();
    await ways.start(kept);
    await expect.poll(() => existsSync(file)).toBe(true);
    await expect.poll(() => ways.pushes()?.taken).toBe(1);
    await ways.close();
    expect(receiver.requests).toHaveLength(2);
    expect(existsSync(file)).toBe(false);
  });
});

describe('what a receiver did not take', () => {
  const unavailable: Parameters<Receiver['answer']>[0] = (response) => response.writeHead(503).end();

  it('is neither lost nor told by a configuration that was never in force', async () => {
    const handover: OtlpHandover = {};
    const before = await opened(handover);
    before.receiver.answer(unavailable);
    await before.ways.start(before.kept);
    await before.receiver.request(0);
    const refused = await opened(handover);
    await refused.ways.close();
    expect(refused.lines.join('')).not.toContain('lost');
    await before.ways.close(before.config.export);
    expect(before.lines.join('')).not.toContain('lost');
    const next = await opened(handover);
    await next.ways.start(next.kept);
    // That of the first run, its last, and the first of the next.
    await next.receiver.request(2);
    await next.ways.close();
  });

  it.each([
    ['ends', undefined],
    ['is told to push no more', { otlp: {}, textfile: {} } as Config['export']],
  ])('is told as lost where the agent %s', async (_, next) => {
    const handover: OtlpHandover = {};
    const { ways, kept, receiver, lines } = await opened(handover);
    receiver.answer(unavailable);
    await ways.start(kept);
    await receiver.request(0);
    await ways.close(next);
    expect(lines.join('')).toContain('the receiver did not take what waited: 2 exports lost');
    expect(handover.queue).toBeUndefined();
  });
});
