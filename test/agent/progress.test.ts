/** A bar on the terminal while something takes long, and nothing of it anywhere else. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { linesAndBar, whileWaiting, withProgress } from '../../agent/progress.ts';
import { seconds } from '../../src/units.ts';

const job = async (isTTY: boolean, instants: readonly number[]) => {
  const written: string[] = [];
  let [now, at] = [0, 0];
  const result = await withProgress(
    'comparing',
    async (onProgress) => {
      for (const instant of instants) {
        now = instant;
        at += 1;
        onProgress(at / instants.length);
      }
      return 'done';
    },
    { screen: { isTTY, write: (text) => written.push(text) }, clock: () => now },
  );
  return { result, written };
};

describe('a job', () => {
  it('of less than two seconds shows nothing', async () => {
    expect(await job(true, [0, 500, 1999])).toEqual({ result: 'done', written: [] });
  });

  it('that takes longer shows how far it is, and leaves no trace', async () => {
    const { result, written } = await job(true, [1000, 2000, 2100, 4000]);
    expect(result).toBe('done');
    expect(written).toHaveLength(3);
    expect(written[0]).toContain('comparing [############............]  50 %');
    expect(written[1]).toContain('100 %');
    expect(written.at(-1)).toBe('\r\u001B[K');
  });

  it('whose errors go to a file writes nothing of it there', async () => {
    expect((await job(false, [1000, 2000, 4000])).written).toEqual([]);
  });

  it('that fails takes the bar away and fails all the same', async () => {
    const written: string[] = [];
    const screen = { isTTY: true, write: (text: string) => written.push(text) };
    let now = 0;
    await expect(
      withProgress(
        'comparing',
        async (onProgress) => {
          now = 3000;
          onProgress(0.5);
          throw new Error('no engine');
        },
        { screen, clock: () => now },
      ),
    ).rejects.toThrow('no engine');
    expect(written.at(-1)).toBe('\r\u001B[K');
  });
});

it('whose output is for a program shows nothing of how far it is', async () => {
  const written: string[] = [];
  let now = 0;
  const screen = { isTTY: true, write: (text: string) => written.push(text) };
  await withProgress(
    'comparing',
    async (onProgress) => {
      now = 5000;
      onProgress(0.5);
    },
    { isQuiet: true, screen, clock: () => now },
  );
  expect(written).toEqual([]);
});

describe('lines that come while something of a known length goes on', () => {
  const said = (isTTY: boolean, isQuiet = false): string => {
    const written: string[] = [];
    let now = 0;
    const screen = { isTTY, write: (text: string) => written.push(text) };
    const lines = linesAndBar('calibrating', seconds(60), { isQuiet, screen, clock: () => now });
    now = 30_000;
    lines.write('step 1\n');
    now = 90_000;
    lines.write('step 2\n');
    lines.end();
    return written.join('');
  };

  it('stand above a bar on a terminal, which goes away at the end and never passes 100 %', () => {
    const text = said(true);
    expect(text).toMatch(/step 1\n\r\S+calibrating \[#{12}\.{12}\] {2}50 %/);
    expect(text).toMatch(/step 2\n\r\S+calibrating \[#{24}\] 100 %\r.\[K$/);
  });

  it.each([
    ['in a file', false, false],
    ['beside output for a program', true, true],
  ])('are alone %s', (_where, isTTY, isQuiet) => {
    expect(said(isTTY, isQuiet)).toBe('step 1\nstep 2\n');
  });
});

describe('a wait', () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllEnvs();
  });

  interface Wait {
    readonly lasts: number;
    readonly duration?: number;
    readonly isTTY?: boolean;
    readonly isQuiet?: boolean;
  }
  const written = async ({ lasts, duration, isTTY = true, isQuiet = false }: Wait): Promise<string[]> => {
    vi.useFakeTimers();
    const told: string[] = [];
    const waiting = whileWaiting('measuring', () => new Promise((resolve) => setTimeout(resolve, lasts)), {
      ...(duration === undefined ? {} : { duration: seconds(duration) }),
      ...{ isQuiet, screen: { isTTY, write: (text: string) => told.push(text) }, clock: () => Date.now() },
    });
    await vi.advanceTimersByTimeAsync(lasts);
    await waiting;
    return told;
  };

  it('that ends within two seconds shows nothing', async () => {
    expect(await written({ lasts: 1990, duration: 1 })).toEqual([]);
  });

  it('of a known length shows after two seconds how much of it is over, and leaves no trace', async () => {
    const told = await written({ lasts: 6000, duration: 5 });
    expect(told[0]).toBe('\r\u001B[Kmeasuring [##########..............]  40 %');
    expect(told.at(-2)).toContain('100 %');
    expect(told.at(-1)).toBe('\r\u001B[K');
  });

  it('of an unknown length tells how long it takes so far, and no share', async () => {
    const told = await written({ lasts: 3900 });
    expect(told.at(-2)).toBe('\r\u001B[Kmeasuring, 3 s so far');
    expect(told.join()).not.toContain('%');
  });

  it('shows nothing in a file, beside output for a program, or on a terminal that cannot take it away', async () => {
    expect(await written({ lasts: 6000, duration: 5, isTTY: false })).toEqual([]);
    expect(await written({ lasts: 6000, duration: 5, isQuiet: true })).toEqual([]);
    vi.stubEnv('TERM', 'dumb');
    expect(await written({ lasts: 6000, duration: 5 })).toEqual([]);
  });
});
