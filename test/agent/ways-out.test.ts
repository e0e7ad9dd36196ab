import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createLog } from '../../agent/log.ts';
import { openWaysOut } from '../../agent/ways-out.ts';
import { loadConfig } from '../../src/config/index.ts';
import type { Snapshot } from '../../src/index.ts';
import { freshDirectory } from '../fixtures/agent-process.ts';
import { type Receiver, startReceiver } from '../fixtures/otlp-receiver.ts';
import { drivenHost } from '../fixtures/samples.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const opened = async () => {
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
  const log = createLog({ ...loaded.config.log, example: undefined, write: () => {} });
  const driven = drivenHost();
  driven.settle();
  const kept = (): Snapshot => {
    const snapshot = driven.snapshot();
    if (snapshot === undefined) throw new Error('no snapshot');
    return snapshot;
  };
  return { ways: await openWaysOut(loaded.config, undefined, log), kept, receiver, file };
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
    await receiver.request(0);
    await ways.close();
    expect(receiver.requests).toHaveLength(2);
    expect(existsSync(file)).toBe(false);
  });
});
