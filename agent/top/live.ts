import type { Feed } from './feed.ts';
import { layout } from './layout.ts';
import { paint, wantsColour } from './paint.ts';
import { nextShown, type Shown } from './shown.ts';
import { openTerminal } from './terminal.ts';
import { drawsBlocks } from './trend.ts';
import { type Page, press, START, type View } from './view.ts';

/** Rows have figures with the second snapshot only: it is asked for soon. */
const FIRST_WAIT_MS = 1_000;

/** Shows a feed on the terminal until it is ended. @param interval seconds between two looks. */
export const showLive = async (feed: Feed, interval: number): Promise<void> => {
  const colour = wantsColour(process.env);
  const blocks = drawsBlocks(process.env);
  let shown: Shown | undefined;
  let problem: string | undefined;
  let view: View = START;
  let at: Page = { page: 0, total: 0, first: 0 };
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;

  const draw = (): void => {
    const { lines, ...page } = layout({ shown, view, from: feed.from, problem, blocks }, terminal.size());
    at = page;
    terminal.draw(lines.map((line) => paint(line, colour)));
  };
  const look = async (wait: number): Promise<void> => {
    const [last, said] = [shown, problem];
    try {
      shown = nextShown(shown, await feed.read());
      problem = undefined;
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    if (isOver) return;
    // An agent samples more seldom than it is asked: what is on the screen already costs nothing.
    if (shown !== last || problem !== said) draw();
    timer = setTimeout(() => void look(interval * 1000), wait);
  };

  let end: (signal?: NodeJS.Signals) => void = () => {};
  const ended = new Promise<NodeJS.Signals | undefined>((resolve) => {
    end = (signal) => resolve(signal);
  });
  const terminal = openTerminal({
    onKey: (name) => {
      if (name === 'q' && !view.isTyping) return end();
      const next = press(view, name, shown, at);
      if (next === view) return;
      view = next;
      draw();
    },
    onRedraw: () => draw(),
    onEnd: (signal) => end(signal),
  });
  let signal: NodeJS.Signals | undefined;
  try {
    draw();
    void look(FIRST_WAIT_MS);
    signal = await ended;
  } finally {
    isOver = true;
    clearTimeout(timer);
    feed.close();
    terminal.restore();
  }
  // Whoever sent it sees that it worked.
  if (signal !== undefined) process.kill(process.pid, signal);
};
