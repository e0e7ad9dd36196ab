import { writeSync } from 'node:fs';
import { emitKeypressEvents } from 'node:readline';

/** DEC private modes as xterm has them: 1049 the alternate screen, 25 the cursor, 7 wrapping of lines. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
/** Some terminals tell no size: that of a VT100. */
const DEFAULT_WIDTH = 80;
const DEFAULT_HEIGHT = 24;

export interface TerminalEvents {
  /** Name of a key as node:readline gives it; a sign that has none is itself. */
  readonly onKey: (name: string) => void;
  /** The size is another, or the screen has to be drawn anew. */
  readonly onRedraw: () => void;
  /** Somebody asked to end it, or nobody is there any more. With a signal, the process ends by that signal. */
  readonly onEnd: (signal?: NodeJS.Signals) => void;
}

export interface Terminal {
  readonly size: () => { readonly width: number; readonly height: number };
  draw(lines: readonly string[]): void;
  /** Gives the terminal back as it was; safe to repeat. */
  restore(): void;
}

const ENDS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

/** Takes the whole terminal. Whatever ends the process short of SIGKILL gives it back. */
export const openTerminal = ({ onKey, onRedraw, onEnd }: TerminalEvents): Terminal => {
  const { stdin, stdout } = process;
  let taken = false;
  const write = (text: string): void => {
    try {
      writeSync(stdout.fd, text);
    } catch {
      // A terminal that is gone needs no restoring, and one that is full is written to at the next turn.
    }
  };
  const take = (): void => {
    if (taken) return;
    taken = true;
    stdin.setRawMode(true);
    write(ENTER);
  };
  const leave = (): void => {
    if (!taken) return;
    taken = false;
    write(LEAVE);
    try {
      stdin.setRawMode(false);
    } catch {
      // The terminal is gone.
    }
  };
  /** As a shell expects of Ctrl-Z: the terminal is as it was while this stands still. */
  const pause = (): void => {
    leave();
    process.removeListener('SIGTSTP', pause);
    process.kill(0, 'SIGTSTP');
    // Goes on here when the shell lets it.
    process.on('SIGTSTP', pause);
    take();
    onRedraw();
  };
  const keypress = (
    text: string | undefined,
    key: { readonly name?: string; readonly ctrl?: boolean },
  ): void => {
    if (key.ctrl === true && key.name === 'c') onEnd();
    else if (key.ctrl === true && key.name === 'z') pause();
    else if (key.ctrl !== true && (key.name ?? text) !== undefined) onKey(key.name ?? text ?? '');
  };
  const ends = ENDS.map((signal) => [signal, () => onEnd(signal)] as const);
  const hungUp = (): void => onEnd();

  emitKeypressEvents(stdin);
  stdin.on('keypress', keypress);
  stdin.on('end', hungUp);
  stdin.on('error', hungUp);
  stdout.on('resize', onRedraw);
  process.on('SIGTSTP', pause);
  process.on('exit', leave);
  for (const [signal, end] of ends) process.on(signal, end);
  take();
  stdin.resume();

  return {
    size: () => ({ width: stdout.columns || DEFAULT_WIDTH, height: stdout.rows || DEFAULT_HEIGHT }),
    draw: (lines) => {
      if (!taken) return;
      // Cleared before it is written: after a line of full width the cursor stands on its last sign, which would go too.
      const last = lines.length - 1;
      stdout.write(
        HOME + lines.map((line, row) => (row === last ? CLEAR_BELOW : CLEAR_LINE) + line).join('\r\n'),
      );
    },
    restore: () => {
      leave();
      stdin.off('keypress', keypress);
      stdin.off('end', hungUp);
      stdin.off('error', hungUp);
      stdout.off('resize', onRedraw);
      process.off('SIGTSTP', pause);
      process.off('exit', leave);
      for (const [signal, end] of ends) process.off(signal, end);
      stdin.pause();
    },
  };
};
