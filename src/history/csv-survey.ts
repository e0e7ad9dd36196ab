import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { HistoryError } from '../model/history.ts';
import { type CsvHeader, readRows } from './csv-rows.ts';
import { DAY, instant } from './intervals.ts';

/** What a file is like, known before any of it is used: every row was read and is well formed. */
export interface CsvSurvey {
  readonly header: CsvHeader;
  readonly sha256: string;
  /** Tells a file that was written to since. */
  readonly mark: string;
  /** Seconds that one row is of; undefined where no host has two rows and nobody said. */
  readonly interval: number | undefined;
  /** By host, sorted. */
  readonly hosts: ReadonlyMap<string, HostSurvey>;
}

export interface HostSurvey {
  /** Starts of the first and the last row with energy; infinite where there is none. */
  readonly first: number;
  readonly last: number;
  /** By place of a column: 1 where the host has any figure in it. */
  readonly has: Uint8Array;
}

interface Sums {
  first: number;
  last: number;
  rows: number;
  /** Start of the host's first row in the file, and what the distances of all others from it are multiples of; 0: none. */
  readonly origin: number;
  spacing: number;
  earliest: number;
  latest: number;
  readonly has: Uint8Array;
}

export const markOf = async (path: string): Promise<string> => {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return `${ino} ${mtimeMs} ${size}`;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new HistoryError(`${path} cannot be read: ${code}`, 'Name a file that is there.', { cause });
  }
};

/** Reads a file once. @param stated seconds that a row is of, as the operator says. @throws HistoryError */
export const survey = async (path: string, stated?: number, signal?: AbortSignal): Promise<CsvSurvey> => {
  const mark = await markOf(path);
  const hash = createHash('sha256');
  const hosts = new Map<string, Sums>();
  // Any two rows of a grid are whole multiples of its distance apart: of all starts, and of each host's neighbours.
  let origin: { readonly at: number; readonly line: number } | undefined;
  let common = 0;
  let energyAt: number | undefined;
  const header = await readRows(
    path,
    ({ at, host, line, figures }, { placeOf }) => {
      const own = hosts.get(host);
      origin ??= { at, line };
      common = commonOf(common, at - origin.at);
      const sums: Sums = own ?? {
        ...{ first: Number.POSITIVE_INFINITY, last: Number.NEGATIVE_INFINITY, rows: 0, spacing: 0 },
        ...{ origin: at, earliest: at, latest: at, has: new Uint8Array(figures.length) },
      };
      if (own === undefined) hosts.set(host, sums);
      sums.spacing = commonOf(sums.spacing, at - sums.origin);
      sums.earliest = Math.min(sums.earliest, at);
      sums.latest = Math.max(sums.latest, at);
      sums.rows += 1;
      for (let column = 0; column < figures.length; column += 1)
        if (!Number.isNaN(figures[column])) sums.has[column] = 1;
      energyAt ??= placeOf('energy_joules') ?? 0;
      if (Number.isNaN(figures[energyAt])) return;
      sums.first = Math.min(sums.first, at);
      sums.last = Math.max(sums.last, at);
    },
    { onBytes: (bytes) => hash.update(bytes), ...(signal === undefined ? {} : { signal }) },
  );
  const interval = stated ?? intervalOf(path, hosts);
  if (interval !== undefined && origin !== undefined) checkGrid(path, interval, common, origin);
  return {
    header,
    mark,
    interval,
    sha256: hash.digest('hex'),
    hosts: new Map([...hosts].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
};

/** Below this share of rows a file has gaps for the most part, or its times lie on no grid. */
const FEWEST_ROWS = 0.1;

/** What all rows of a host are whole multiples of apart is what a row is of, if every host agrees. */
const intervalOf = (path: string, hosts: ReadonlyMap<string, Sums>): number | undefined => {
  let shortest = Number.POSITIVE_INFINITY;
  for (const { spacing } of hosts.values()) if (spacing > 0) shortest = Math.min(shortest, spacing);
  if (shortest === Number.POSITIVE_INFINITY) return undefined;
  for (const [host, { spacing, rows, earliest, latest }] of hosts) {
    if (spacing > 0 && spacing !== shortest)
      throw new HistoryError(
        `${path} has rows of host ${host} ${spacing} s apart and of others ${shortest} s apart: how long a row is cannot be told`,
        'Give all hosts rows of one length, or say it with history.csv.interval where rows are missing.',
      );
    if (spacing > 0 && rows < FEWEST_ROWS * ((latest - earliest) / spacing + 1))
      throw new HistoryError(
        `${path} has ${rows} rows of host ${host} between ${instant(earliest)} and ${instant(latest)} at times that have ${spacing} s in common: how long a row is cannot be told`,
        'Let rows start at full minutes, quarters or hours, or say how long a row is with history.csv.interval.',
      );
  }
  return shortest;
};

const checkGrid = (
  path: string,
  interval: number,
  common: number,
  origin: { readonly at: number; readonly line: number },
): void => {
  if (DAY % interval !== 0)
    throw new HistoryError(
      `${path} has rows of ${interval} s, which do not divide a day`,
      'Give it rows of whole minutes or hours, such as 900 or 3600 s.',
    );
  if (common % interval !== 0 || origin.at % interval !== 0)
    throw new HistoryError(
      `${path} has rows that do not start at whole ones of ${interval} s, such as ${instant(origin.at)} in line ${origin.line}`,
      'Let rows start at full hours or quarters of UTC, all on one grid: what a row is of could else lie in two intervals.',
    );
};

/** What was common to all distances before and is to this one; most rows change nothing. */
const commonOf = (common: number, distance: number): number =>
  common > 0 && distance % common === 0 ? common : greatestDivisor(Math.abs(distance), common);

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));
