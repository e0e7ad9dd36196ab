import { createHash } from 'node:crypto';
import {
  type HistoryChunk,
  type HistoryEngine,
  HistoryError,
  type HistoryRequest,
  type HostEntry,
  type HostHistory,
  type HostSelector,
  type TimeWindow,
} from '../model/history.ts';
import { COLUMNS, type CsvRow, csvRows } from './csv-rows.ts';

const DAY = 86_400;
/** Hosts of one file; more is a sign that another column is called host. */
const MOST_HOSTS = 100_000;

/** What one pass over a file finds. */
interface Survey {
  readonly hosts: ReadonlyMap<string, TimeWindow>;
  /** Seconds between two rows of a host. */
  readonly spacing: number;
  readonly sha256: string;
}

const survey = async (file: string): Promise<Survey> => {
  const hash = createHash('sha256');
  const spans = new Map<string, { from: number; to: number }>();
  const gaps = new Map<number, number>();
  for await (const { host, time, line } of csvRows(file, hash)) {
    const span = spans.get(host);
    if (span === undefined) {
      if (spans.size >= MOST_HOSTS)
        throw new HistoryError(
          `${file}, line ${line}: more than ${MOST_HOSTS} hosts`,
          'check that the column host names hosts',
        );
      spans.set(host, { from: time, to: time });
      continue;
    }
    if (time > span.to) {
      const gap = time - span.to;
      if (gaps.size < 1000 || gaps.has(gap)) gaps.set(gap, (gaps.get(gap) ?? 0) + 1);
    }
    span.from = Math.min(span.from, time);
    span.to = Math.max(span.to, time);
  }
  // The commonest gap: larger ones are holes.
  const [spacing = 3600] = [...gaps].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0] ?? [];
  for (const span of spans.values()) span.to += spacing;
  return { hosts: spans, spacing, sha256: hash.digest('hex') };
};

/**
 * A table of hosts and intervals (DESIGN section 7), read as a stream: rows in order of time, of each interval one row a
 * host, no wider than the step that is asked for. Reads the file once to know what is in it.
 */
export const openCsv = async (file: string): Promise<HistoryEngine> => {
  const { hosts, spacing, sha256 } = await survey(file);

  const chosen = ({ hosts: named, match }: HostSelector): readonly string[] => {
    if (match !== undefined && Object.keys(match).length > 0)
      throw new HistoryError(
        `${file} has no labels to select hosts by (${Object.keys(match).join(', ')})`,
        'name the hosts, or take all of them',
      );
    const unknown = named?.filter((host) => !hosts.has(host)) ?? [];
    if (unknown.length > 0)
      throw new HistoryError(
        `${file} has no host ${unknown.slice(0, 5).join(', ')}`,
        `it has ${[...hosts.keys()].slice(0, 10).join(', ')}`,
      );
    return named ?? [...hosts.keys()].sort();
  };

  return {
    about: { engine: 'csv', where: file, method: sha256, queries: {} },
    list: async (selector, window) =>
      chosen(selector)
        .filter((host) => overlaps(hosts.get(host), window))
        .map((host): HostEntry => ({ host, labels: {} })),
    span: async (selector) => {
      const spans = chosen(selector).flatMap((host) => hosts.get(host) ?? []);
      if (spans.length === 0) return undefined;
      return { from: Math.min(...spans.map(({ from }) => from)), to: Math.max(...spans.map(({ to }) => to)) };
    },
    read: (request) => readCsv(file, request, spacing),
    close: async () => {},
  };
};

const overlaps = (span: TimeWindow | undefined, window: TimeWindow): boolean =>
  span !== undefined && span.from < window.to && span.to > window.from;

async function* readCsv(file: string, request: HistoryRequest, spacing: number): AsyncIterable<HistoryChunk> {
  const { window, step, work } = request;
  if (spacing > step)
    throw new HistoryError(
      `rows of ${file} are ${spacing} s apart, and intervals of ${step} s are asked for`,
      'compare in steps of that length',
    );
  if (work.length > 1)
    throw new HistoryError(
      `${file} has one column of work, and ${work.length} kinds are asked for`,
      'name one kind of work, or read from an engine that can be queried',
    );
  const perChunk = Math.max(1, Math.floor(DAY / step));
  const ends = (from: number): number => Math.min(from + perChunk * step, window.to);
  let from = window.from;
  let chunk = emptyChunk(request, from, ends(from), spacing);
  for await (const row of csvRows(file)) {
    if (row.time < window.from || row.time >= window.to) continue;
    while (row.time >= ends(from)) {
      yield chunk.result();
      from = ends(from);
      chunk = emptyChunk(request, from, ends(from), spacing);
    }
    if (row.time < from)
      throw new HistoryError(
        `${file}, line ${row.line}: a row of ${new Date(row.time * 1000).toISOString()} after rows of a later day`,
        'sort the rows by time: (head -1 FILE; tail -n +2 FILE | sort) > SORTED.csv',
      );
    chunk.add(file, row);
  }
  for (;;) {
    yield chunk.result();
    from = ends(from);
    if (from >= window.to) return;
    chunk = emptyChunk(request, from, ends(from), spacing);
  }
}

/** Weighted means of what is a level, sums of what is an amount; a chunk of columns that are not known yet. */
const emptyChunk = (request: HistoryRequest, from: number, to: number, spacing: number) => {
  const { step, hosts, work, drivers, guards } = request;
  const length = Math.round((to - from) / step);
  const unknown = () => new Float64Array(length).fill(Number.NaN);
  const columns = hosts.map((host) => ({
    host,
    energy: unknown(),
    coverage: new Float64Array(length),
    poweredOn: unknown(),
    cpu: mean(length),
    gpu: mean(length),
    work: work.map(unknown),
    seen: new Set<number>(),
  }));
  const byHost = new Map(columns.map((one) => [one.host, one]));
  const [grid, levels] = [mean(length), [...drivers, ...guards].map(() => mean(length))];
  return {
    add: (file: string, row: CsvRow): void => {
      const one = byHost.get(row.host);
      if (one === undefined) return;
      const i = Math.floor((row.time - from) / step);
      if (one.seen.has(row.time))
        throw new HistoryError(
          `${file}, line ${row.line}: a second row of ${row.host} at ${new Date(row.time * 1000).toISOString()}`,
          'keep one row a host and interval: which of two is true cannot be told',
        );
      one.seen.add(row.time);
      const energy = row.value(COLUMNS.energy);
      plus(one.energy, i, energy);
      if (Number.isFinite(energy)) one.coverage[i] = Math.min(1, (one.coverage[i] ?? 0) + spacing / step);
      plus(one.poweredOn, i, row.value(COLUMNS.poweredOn));
      one.cpu.add(i, row.value(COLUMNS.cpu), 1);
      one.gpu.add(i, row.value(COLUMNS.gpu), 1);
      for (const amounts of one.work) plus(amounts, i, row.value(COLUMNS.work));
      grid.add(i, row.value(COLUMNS.grid), Number.isFinite(energy) ? energy : 0);
      for (const [at, { query }] of [...drivers, ...guards].entries())
        levels[at]?.add(i, row.value(query), 1);
    },
    result: (): HistoryChunk => {
      const found = columns.map(
        ({ host, energy, coverage, poweredOn, cpu, gpu, work: done }): HostHistory => ({
          ...{ host, energy, coverage, poweredOn, work: done },
          cpu: cpu.result(),
          gpu: gpu.result(),
          quality: undefined,
          meter: energy.some(Number.isFinite) ? 'csv' : '',
          inventory: '',
        }),
      );
      const values = levels.map((level) => level.result());
      return {
        ...{ from, step, length, hosts: found },
        work: work.map((_, term) => total(found, term, length)),
        drivers: values.slice(0, drivers.length),
        guards: values.slice(drivers.length),
        grid: grid.result(),
        pue: unknown(),
      };
    },
  };
};

const plus = (column: Float64Array, i: number, value: number): void => {
  if (!Number.isFinite(value)) return;
  const held = column[i] ?? Number.NaN;
  column[i] = Number.isFinite(held) ? held + value : value;
};

const mean = (length: number) => {
  const [sums, weights] = [new Float64Array(length), new Float64Array(length)];
  return {
    add: (i: number, value: number, weight: number): void => {
      if (!Number.isFinite(value)) return;
      sums[i] = (sums[i] ?? 0) + value * weight;
      weights[i] = (weights[i] ?? 0) + weight;
    },
    /** NaN where nothing was added. */
    result: (): Float64Array => sums.map((sum, i) => sum / (weights[i] ?? 0)),
  };
};

const total = (hosts: readonly HostHistory[], term: number, length: number): Float64Array => {
  const sums = new Float64Array(length).fill(Number.NaN);
  for (const { work } of hosts)
    for (let i = 0; i < length; i += 1) plus(sums, i, work[term]?.[i] ?? Number.NaN);
  return sums;
};
