import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { type Points, type Slope, slopeOf } from '../fixtures/slope.ts';
import { startFlags } from '../fixtures/start-flags.ts';

const root = join(import.meta.dirname, '..', '..');

/**
 * V8 makes code and notes for a function when it has run often: of what runs once an hour, days later. That is a few kB
 * a day of the heap, nine tenths of them code by two snapshots four days apart, and would be taken for a leak. So it is
 * made at the first run, and what is measured after that is the agent's.
 */
const CODE_AT_ONCE = ['--always-sparkplug', '--no-lazy-feedback-allocation'];

/** What is looked at each half hour, after a full collection; bytes in MB. */
export const LOOKED_AT = {
  heap: { name: 'live heap', unit: 'MB' },
  code: { name: 'code of V8 in it', unit: 'MB' },
  resident: { name: 'RSS', unit: 'MB' },
  descriptors: { name: 'descriptors', unit: '' },
  handles: { name: 'active handles', unit: '' },
} as const;
type What = keyof typeof LOOKED_AT;

export interface Week {
  readonly ticks: number;
  readonly containers: number;
  /** Saves of the state, into SQLite, and rows of hours that it then held. */
  readonly saves: number;
  readonly rows: number;
  /** By hour, without those of the start. */
  readonly looks: Readonly<Record<What, { readonly points: Points; readonly line: Slope }>>;
}

export interface WeekOptions {
  readonly days: number;
  /** Days before, of each of which an hour is lived. */
  readonly daysBefore: number;
  /** Hours that are left out. */
  readonly warmUp: number;
  /** Looks over which neighbours may be alike. */
  readonly lags?: number;
}

export const simulatedWeek = async ({ days, daysBefore, warmUp, lags }: WeekOptions): Promise<Week> => {
  // Inside node_modules, where packages are found.
  const folder = join(root, 'node_modules', '.negawatt-soak', String(process.pid));
  mkdirSync(folder, { recursive: true });
  try {
    const file = join(folder, 'week.mjs');
    await build({
      absWorkingDir: root,
      entryPoints: [join(import.meta.dirname, 'week.ts')],
      outfile: file,
      bundle: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      logLevel: 'warning',
    });
    const args = ['--expose-gc', ...startFlags(), ...CODE_AT_ONCE, file, String(days), String(daysBefore)];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      maxBuffer: 2 ** 24,
      // A hundred thousand folders are made: in memory where that can be had.
      env: { ...process.env, ...(existsSync('/dev/shm') ? { TMPDIR: '/dev/shm' } : {}) },
    });
    const { looks, ...counts } = JSON.parse(stdout) as Omit<Week, 'looks'> & {
      looks: Record<What, [number, number][]>;
    };
    const measured = (what: What) => {
      const points = looks[what]
        .filter(([hour]) => hour > warmUp)
        .map(([hour, value]) => [hour, LOOKED_AT[what].unit === 'MB' ? value / 1e6 : value] as const);
      return { points, line: slopeOf(points, lags) };
    };
    return {
      ...counts,
      looks: {
        heap: measured('heap'),
        code: measured('code'),
        resident: measured('resident'),
        descriptors: measured('descriptors'),
        handles: measured('handles'),
      },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
