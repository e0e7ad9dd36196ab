import { oneLine } from '../model/foreign-text.ts';
import { HistoryError } from '../model/history.ts';

export type Labels = Readonly<Record<string, string>>;

/** Samples of one series: seconds since 1970 UTC, ascending, and values; NaN where a value is no finite number. */
export interface Series {
  readonly labels: Labels;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** Identity of a series, whatever function kept or dropped the name of its metric. */
export const keyOf = (labels: Labels): string =>
  Object.keys(labels)
    .filter((name) => name !== '__name__')
    .toSorted()
    .map((name) => `${name}=${JSON.stringify(labels[name])}`)
    .join(',');

const NOT_THE_API =
  'See whether history.prometheus.url is that of the HTTP API (up to and without /api/v1), and whether a log-in page or a proxy answers instead.';
const WHOLE =
  'Wait until all of its stores are there again, or see its own log: a part of the answer would make the energy look smaller than it was.';
/** Prometheus 2.49 to 2.52 listed notes on how a query is written among the warnings; they say nothing of the data. */
const NOTE = /^PromQL info:/;

/**
 * The data of an answer. @throws HistoryError where it is none, or says that it is not whole: Thanos and Prometheus
 * (`warnings`), VictoriaMetrics (`isPartial`).
 */
export const dataIn = (body: string, place: string): unknown => {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    throw new HistoryError(
      `${place} answers with what is no whole JSON: ${oneLine(body, 60) || 'nothing'}`,
      /^\s*[[{]/.test(body)
        ? 'The answer was cut off on its way: see what a proxy in between allows, and its log.'
        : NOT_THE_API,
    );
  }
  if (!isRecord(answer) || answer.status !== 'success')
    throw new HistoryError(
      `${place} answers ${oneLine(reasonIn(answer), 200) || 'in a form that is not that of Prometheus'}`,
      NOT_THE_API,
    );
  const warnings = (Array.isArray(answer.warnings) ? answer.warnings : []).filter(
    (one) => !(typeof one === 'string' && NOTE.test(one)),
  );
  if (warnings.length > 0)
    throw new HistoryError(
      `${place} warns that its answer is not whole: ${oneLine(String(warnings[0]), 200)}`,
      WHOLE,
    );
  if (answer.isPartial === true)
    throw new HistoryError(`${place} says that its answer is only a part (isPartial)`, WHOLE);
  return answer.data;
};

/** What an engine says of a failure; '' where it says nothing that we know. */
export const reasonIn = (answer: unknown): string => {
  if (!isRecord(answer)) return '';
  const { error, errorType, message } = answer;
  const text = [error, message].find((one) => typeof one === 'string');
  return typeof errorType === 'string' ? `${errorType}: ${text ?? ''}` : ((text as string | undefined) ?? '');
};

/** Series of a matrix or a vector. @throws HistoryError where the form is another one. */
export const seriesIn = (data: unknown, place: string): readonly Series[] => {
  if (!isRecord(data) || !Array.isArray(data.result) || !/^(matrix|vector)$/.test(String(data.resultType)))
    throw wrongForm(place);
  return data.result.map((one: unknown) => {
    if (!isRecord(one)) throw wrongForm(place);
    const pairs: unknown = Array.isArray(one.values) ? one.values : [one.value];
    if (!Array.isArray(pairs)) throw wrongForm(place);
    const [times, values] = [new Float64Array(pairs.length), new Float64Array(pairs.length)];
    for (const [at, pair] of pairs.entries()) {
      const [time, text]: [unknown, unknown] = Array.isArray(pair) ? [pair[0], pair[1]] : [0, 0];
      if (typeof time !== 'number' || typeof text !== 'string') throw wrongForm(place);
      const value = Number(text);
      times[at] = time;
      values[at] = Number.isFinite(value) && text !== '' ? value : Number.NaN;
    }
    return { labels: labelsIn(one.metric, place), times, values };
  });
};

/** Label sets, as `/api/v1/series` lists them. */
export const labelSetsIn = (data: unknown, place: string): readonly Labels[] => {
  if (!Array.isArray(data)) throw wrongForm(place);
  return data.map((one) => labelsIn(one, place));
};

/** Values of a label. */
export const wordsIn = (data: unknown, place: string): readonly string[] => {
  if (!Array.isArray(data) || !data.every((one) => typeof one === 'string')) throw wrongForm(place);
  return data;
};

const labelsIn = (value: unknown, place: string): Labels => {
  if (!isRecord(value) || !Object.values(value).every((one) => typeof one === 'string'))
    throw wrongForm(place);
  return value as Labels;
};

const wrongForm = (place: string): HistoryError =>
  new HistoryError(`${place} answers in a form that is not that of Prometheus`, NOT_THE_API);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
