import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { type Points, type Slope, slopeOf } from '../fixtures/slope.ts';
import { startFlags } from '../fixtures/start-flags.ts';

const root = join(import.meta.dirname, '..', '..');

export interface Week {
  readonly ticks: number;
  readonly containers: number;
  /** MB of the live heap by hour, without those of the start. */
  readonly points: Points;
  readonly line: Slope;
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
    const args = ['--expose-gc', ...startFlags(), file, String(days), String(daysBefore)];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      maxBuffer: 2 ** 24,
      // A hundred thousand folders are made: in memory where that can be had.
      env: { ...process.env, ...(existsSync('/dev/shm') ? { TMPDIR: '/dev/shm' } : {}) },
    });
    const { ticks, containers, hours } = JSON.parse(stdout) as {
      ticks: number;
      containers: number;
      hours: [number, number][];
    };
    const points = hours
      .filter(([hour]) => hour > warmUp)
      .map(([hour, bytes]) => [hour, bytes / 1e6] as const);
    return { ticks, containers, points, line: slopeOf(points, lags) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
