import { type GreenestJson, type GreenestQuery, greenestJson } from '../src/index.ts';
import type { Loaded } from './configuration.ts';
import { CommandError } from './exit.ts';
import { duration } from './figures.ts';
import { openLiveGrid } from './live-grid.ts';
import { whileWaiting } from './progress.ts';
import { csv, printable, table } from './table.ts';

export interface GreenestJob {
  readonly loaded: Loaded;
  readonly query: GreenestQuery;
  readonly url: string | undefined;
  readonly format: string;
}

const TIMEOUT_MS = 30_000;
/** Some forecasts of a week in steps of five minutes. */
const MOST_BYTES = 4 * 2 ** 20;

/** Prints when to run something. Throws CommandError where no forecast answers. */
export const printGreenest = async ({ loaded, query, url, format }: GreenestJob): Promise<void> => {
  const answer = await whileWaiting(
    'asking for forecasts',
    () => (url === undefined ? ownAnswer(loaded, query) : answerOf(url, query)),
    { isQuiet: format !== 'table' },
  );
  if (format === 'json') process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
  else if (format === 'csv') process.stdout.write(csv(HEAD_CSV, rowsOf(answer)));
  // Where there is none the error below says all that there is to say.
  else if (answer.forecasts.length > 0) process.stdout.write(textOf(answer));
  if (answer.forecasts.length === 0)
    throw new CommandError(
      answer.problems.map(({ reason, fix }) => `${printable(reason)}; ${printable(fix)}`).join('\n') ||
        'there is no forecast',
    );
};

const ownAnswer = async ({ config }: Loaded, query: GreenestQuery): Promise<GreenestJson> => {
  const grid = await openLiveGrid({ config, host: 'greenest', directory: undefined, onEvent: () => {} });
  try {
    await grid?.ask();
    return greenestJson(grid?.states() ?? [], query, Date.now());
  } finally {
    grid?.close();
  }
};

const answerOf = async (base: string, { duration, within, signal }: GreenestQuery): Promise<GreenestJson> => {
  const query = new URLSearchParams({
    duration: `${duration}s`,
    within: `${within}s`,
    ...(signal && { signal }),
  });
  try {
    const response = await fetch(`${base}/api/v1/greenest?${query}`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: 'error',
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`it answered ${response.status}: ${text.slice(0, 200)}`);
    if (text.length > MOST_BYTES) throw new Error(`it answered with more than ${MOST_BYTES} bytes`);
    const answer = JSON.parse(text) as Partial<GreenestJson>;
    if (answer.format !== 1 || !Array.isArray(answer.forecasts) || !Array.isArray(answer.problems))
      throw new Error('its answer is none of this version');
    return answer as GreenestJson;
  } catch (cause) {
    const why =
      cause instanceof Error ? (cause.cause instanceof Error ? cause.cause.message : cause.message) : '';
    throw new CommandError(
      `no forecast from ${base}: ${printable(why)}; leave out --url to ask the providers from here`,
    );
  }
};

const percent = (share: number | undefined): string =>
  share === undefined ? '-' : `${share >= 0 ? '' : '-'}${Math.abs(share * 100).toFixed(0)} %`;

const HEAD = ['START (UTC)', 'END (UTC)', 'G/KWH', 'SAVES AGAINST NOW', 'AGAINST THE MEAN'];
const HEAD_CSV = [
  ...['provider', 'zone', 'signal', 'start', 'end', 'grams_per_kilowatt_hour'],
  ...['saves_against_now', 'saves_against_mean', 'forecast_age_seconds'],
];

const rowsOf = ({ forecasts }: GreenestJson): readonly (readonly string[])[] =>
  forecasts.flatMap(({ provider, zone, signal, ageSeconds, starts }) =>
    starts.map((one) => [
      ...[printable(provider), printable(zone), signal, one.start, one.end, String(one.gramsPerKwh)],
      ...[String(one.savesAgainstNow ?? ''), String(one.savesAgainstMean ?? ''), String(ageSeconds)],
    ]),
  );

const minute = (iso: string): string => iso.slice(0, 16).replace('T', ' ');

const textOf = ({ forecasts, problems, withinSeconds }: GreenestJson): string =>
  [
    ...forecasts.map((one) => {
      const {
        provider,
        zone,
        signal,
        basis,
        gases,
        ageSeconds,
        coveredSeconds,
        nowGramsPerKwh,
        meanGramsPerKwh,
      } = one;
      const now = nowGramsPerKwh === undefined ? 'unknown' : `${nowGramsPerKwh.toFixed(0)}`;
      const covered =
        coveredSeconds < withinSeconds
          ? `; it covers ${duration(coveredSeconds)} of ${duration(withinSeconds)}`
          : '';
      const rows = one.starts.map((start) => [
        ...[minute(start.start), minute(start.end), start.gramsPerKwh.toFixed(0)],
        ...[percent(start.savesAgainstNow), percent(start.savesAgainstMean)],
      ]);
      return [
        `${printable(provider)}, ${printable(zone)}: ${signal} (${basis}, ${gases}), forecast ${duration(ageSeconds)} old${covered}`,
        `run now ${now} g/kWh, mean ${meanGramsPerKwh.toFixed(0)} g/kWh; expected, not promised`,
        '',
        table(HEAD, rows),
      ].join('\n');
    }),
    ...problems.map(({ reason, fix }) => `${printable(reason)}; ${printable(fix)}\n`),
  ].join('\n');
