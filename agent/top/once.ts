import { setTimeout as wait } from 'node:timers/promises';
import { seconds } from '../../src/index.ts';
import { CommandError } from '../exit.ts';
import { whileWaiting } from '../progress.ts';
import type { Feed } from './feed.ts';
import { layout } from './layout.ts';
import { useJson } from './once-json.ts';
import { nextShown, type Shown } from './shown.ts';
import { START } from './view.ts';

/** Width where the output is no terminal: a line of a row is whole, and a name of any length that exists. */
const WIDE = 400;
const ASK_EVERY_MS = 1_000;
/** An agent samples at its own pace: three of its intervals, and half a minute at least. */
const patience = ({ host }: Shown): number => Math.max(30, 3 * host.intervalSeconds) * 1000;

/** What runs between two samples, once. @param interval seconds between them, where they are its own. */
export const printOnce = async (feed: Feed, interval: number, format: 'table' | 'json'): Promise<void> => {
  try {
    const shown = await secondLook(feed, interval, format !== 'table');
    process.stdout.write(format === 'json' ? useJson(shown, feed.from) : tableText(shown, feed.from));
  } finally {
    feed.close();
  }
};

/** What runs at a moment shows in the difference of two samples. */
const secondLook = async (feed: Feed, interval: number, isQuiet: boolean): Promise<Shown> => {
  const first = nextShown(undefined, await feed.read());
  const end = performance.now() + Math.max(patience(first), 2000 * interval);
  const look = async (): Promise<Shown> => {
    await wait(feed.samples ? interval * 1000 : ASK_EVERY_MS);
    let shown = nextShown(first, await feed.read());
    while (shown === first) {
      if (performance.now() > end)
        throw new CommandError(
          `${feed.from}: there was no new sample in ${Math.round(patience(first) / 1000)} s`,
        );
      await wait(ASK_EVERY_MS);
      shown = nextShown(first, await feed.read());
    }
    return shown;
  };
  const duration = seconds(feed.samples ? interval : first.host.intervalSeconds);
  return whileWaiting('waiting for the next sample', look, { duration, isQuiet });
};

const tableText = (shown: Shown, from: string): string => {
  const width = process.stdout.isTTY ? process.stdout.columns || WIDE : WIDE;
  const screen = { shown, view: START, from, problem: undefined };
  const { lines } = layout(screen, { width, height: undefined });
  return `${lines.map(({ text }) => text.trimEnd()).join('\n')}\n`;
};
