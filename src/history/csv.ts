import {
  type HistoryChunk,
  type HistoryEngine,
  HistoryError,
  type HistoryRequest,
  type TimeWindow,
} from '../model/history.ts';
import { type CsvHostSums, createSums, placesOf } from './csv-columns.ts';
import { readRows } from './csv-rows.ts';
import { type CsvSurvey, markOf, survey } from './csv-survey.ts';
import { checkRequest, DAY, daysOf, unknown, weightedByEnergy } from './intervals.ts';
import type { CsvHistoryOptions } from './options.ts';

/** Figures that are held at a time, 8 bytes each: 128 MB. A longer window is read in parts, a pass over the file each. */
const MOST_FIGURES = 16 * 2 ** 20;

/**
 * The past in a file of comma-separated values, in any order of rows. It is read through once when it is opened, by which
 * every row is checked; figures of the window are held, the text is not. @throws HistoryError
 */
export const openCsvHistory = async (
  { path, interval }: CsvHistoryOptions,
  signal?: AbortSignal,
): Promise<HistoryEngine> => {
  const known = await survey(path, interval, signal);
  const spanOf = (names: readonly string[], length: number): TimeWindow | undefined => {
    const own = names
      .flatMap((name) => known.hosts.get(name) ?? [])
      .filter(({ last }) => Number.isFinite(last));
    return own.length === 0
      ? undefined
      : {
          from: Math.min(...own.map(({ first }) => first)),
          to: Math.max(...own.map(({ last }) => last)) + length,
        };
  };
  const pick = ({ hosts, match }: { hosts?: readonly string[]; match?: object }): readonly string[] => {
    if (match !== undefined && Object.keys(match).length > 0)
      throw new HistoryError(
        `${path} has no labels of hosts`,
        'Name the hosts of the scope instead of matching labels.',
      );
    return [...known.hosts.keys()].filter((host) => hosts === undefined || hosts.includes(host));
  };
  return {
    about: {
      ...{ engine: 'csv', where: path, method: known.sha256, queries: {} },
      ...(known.header.names.includes('work') ? { units: ['work'] } : {}),
    },
    list: async (selector, { from, to }) =>
      pick(selector)
        .filter((host) => {
          const own = known.hosts.get(host);
          return own !== undefined && own.first < to && own.last >= from;
        })
        .map((host) => ({ host, labels: {} })),
    read: (request, stop) => readCsv(path, known, request, stop),
    span: async (selector) => spanOf(pick(selector), known.interval ?? 3600),
    close: async () => {},
  };
};

async function* readCsv(
  path: string,
  known: CsvSurvey,
  request: HistoryRequest,
  signal?: AbortSignal,
): AsyncGenerator<HistoryChunk> {
  checkRequest(request);
  const { window, step, hosts } = request;
  const interval = known.interval ?? step;
  if (step % interval !== 0)
    throw new HistoryError(
      `${path} has rows of ${interval} s, which do not fill a step of ${step} s`,
      `Ask for a step that is a whole multiple of ${interval} s.`,
    );
  const places = placesOf(path, known.header, request);
  const columns = 5 + places.work.length + places.drivers.length + places.guards.length;
  const perDay = Math.max(1, hosts.length) * ((DAY / step) * columns + DAY / interval / 8);
  const days = Math.max(1, Math.floor(MOST_FIGURES / perDay));
  for (let from = window.from; from < window.to; ) {
    const to = Math.min(window.to, (Math.floor(from / DAY) + days) * DAY);
    const part = { from, to };
    if ((await markOf(path)) !== known.mark)
      throw new HistoryError(
        `${path} was written to while it was read`,
        'Run it again when the file is complete.',
      );
    const sums = createSums(path, known.header, places, part, step, interval, hosts);
    const isNeeded = (at: number, host: string): boolean => at >= from && at < to && sums.of.has(host);
    await readRows(path, sums.add, { isNeeded, ...(signal === undefined ? {} : { signal }) });
    for (const day of daysOf(part)) yield chunkOf(request, known, places.work, part, day, sums.of);
    from = to;
  }
}

/** One day of what was read, as views of the columns. */
const chunkOf = (
  { step, hosts }: HistoryRequest,
  { hosts: surveyed }: CsvSurvey,
  workPlaces: readonly number[],
  part: TimeWindow,
  day: TimeWindow,
  sums: ReadonlyMap<string, CsvHostSums>,
): HistoryChunk => {
  const [first, end] = [(day.from - part.from) / step, (day.to - part.from) / step];
  const length = end - first;
  const at = Math.floor(day.from / DAY) - Math.floor(part.from / DAY);
  const view = (column: Float64Array): Float64Array => column.subarray(first, end);
  const all = hosts.flatMap((host) => {
    const own = sums.get(host);
    if (own === undefined) return [];
    const { columns } = own;
    return {
      own,
      host: {
        host,
        energy: view(columns.energy),
        // A third of an hour three times over is a hair from the whole.
        coverage: view(columns.coverage).map((share) => Math.min(1, Math.round(share * 1e9) / 1e9)),
        poweredOn: view(columns.poweredOn),
        cpu: view(columns.cpu),
        gpu: view(columns.gpu),
        work: columns.work.map(view),
        quality: own.quality[at],
        meter: [...(own.meters[at] ?? [])].toSorted().join('+'),
        inventory: '',
      },
    };
  });
  const conditions = (of: (own: CsvHostSums) => readonly Float64Array[]): Float64Array[] =>
    (all[0] === undefined ? [] : of(all[0].own)).map((_, index) =>
      meanOf(
        all.map(({ own }) => view(of(own)[index] ?? unknown(length))),
        length,
      ),
    );
  return {
    from: day.from,
    step,
    length,
    hosts: all.map(({ host }) => host),
    work: workPlaces.map((place, index) => {
      const counting = all.filter(({ host }) => surveyed.get(host.host)?.has[place] === 1);
      return sumWhereWhole(
        counting.map(({ host }) => ({ energy: host.energy, work: host.work[index] ?? unknown(length) })),
        length,
      );
    }),
    drivers: conditions(({ drivers }) => drivers),
    guards: conditions(({ guards }) => guards),
    grid: weightedByEnergy(
      all.map(({ host, own }) => ({ energy: host.energy, value: view(own.grid) })),
      length,
    ),
    pue: unknown(length),
  };
};

/** A condition of the scope from columns by host: the mean over the hosts that know it. */
const meanOf = (columns: readonly Float64Array[], length: number): Float64Array =>
  Float64Array.from({ length }, (_, at) => {
    const known = columns.map((column) => column[at] ?? Number.NaN).filter((value) => !Number.isNaN(value));
    return known.length === 0 ? Number.NaN : known.reduce((sum, value) => sum + value, 0) / known.length;
  });

/** Work of the scope; unknown where a host that counts work was there and its work is not known. */
const sumWhereWhole = (
  hosts: readonly { readonly energy: Float64Array; readonly work: Float64Array }[],
  length: number,
): Float64Array =>
  Float64Array.from({ length }, (_, at) => {
    let sum = Number.NaN;
    for (const { energy, work } of hosts) {
      const value = work[at] ?? Number.NaN;
      if (!Number.isNaN(value)) sum = Number.isNaN(sum) ? value : sum + value;
      else if (!Number.isNaN(energy[at])) return Number.NaN;
    }
    return sum;
  });
