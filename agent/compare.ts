import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Comparison,
  gramsPerKWh,
  type HistoryEngine,
  type MeasureReport,
  openComparing,
  openPlans,
  type TimeWindow,
  type WorkTerm,
} from '../src/index.ts';
import { tariffOf } from './carbon.ts';
import type { Format } from './commands/format.ts';
import type { Loaded } from './configuration.ts';
import { CommandError, USAGE } from './exit.ts';
import { countsWork, type HistoryFlags, historyOf, inWords, newHash } from './history.ts';
import { withPastOf } from './kept-past.ts';
import { measureNamed, plannedMeasures } from './measure-plans.ts';
import { parseInstant, parseRange } from './time-range.ts';
import { version } from './version.ts';

export interface CompareOptions extends HistoryFlags {
  readonly at?: string;
  readonly before?: string;
  readonly after?: string;
  readonly a?: string;
  readonly b?: string;
  readonly over?: string;
  readonly measure?: string;
  readonly hosts?: string;
  readonly work?: readonly string[];
  readonly factor?: number;
  readonly tz?: string;
  readonly details?: boolean;
  readonly evidence?: string;
  readonly exitCode?: boolean;
}

type Comparing = Awaited<ReturnType<typeof openComparing>>;
/** What was asked for, as evidence keeps it. */
interface Asked {
  readonly evidence: 'negawatt-comparison-1';
  readonly options: CompareOptions;
  readonly format: Format;
  readonly version: string;
  readonly now: number;
  readonly sha256: string;
  readonly measure?: Pick<MeasureReport, 'plan' | 'registration'> | undefined;
  readonly files: Readonly<Record<string, string>>;
}

/** Prints a comparison or the verdict of a measure; the exit code is set where one was asked for. */
export const compare = async (loaded: Loaded, options: CompareOptions, format: Format): Promise<string> => {
  const comparing = await openComparing();
  const opened = await historyOf(loaded, options)
    .then((engine) => withPastOf(engine, loaded, options.measure))
    .catch(asCommandError);
  const recording =
    options.evidence === undefined
      ? undefined
      : await attempt(() => comparing.recordHistory(opened, options.evidence ?? ''));
  const engine = recording?.engine ?? opened;
  try {
    const now = Math.floor(Date.now() / 1000);
    const measure =
      options.measure === undefined ? undefined : await measureOf(loaded, options.measure, engine, now);
    const text = await printed(comparing, loaded, { engine, options, format, now, measure });
    if (recording !== undefined) keep(recording.finish(), loaded, { options, format, now, measure }, text);
    return text;
  } catch (error) {
    return await asCommandError(error);
  } finally {
    await opened.close();
  }
};

/** The same again from evidence alone: no engine is asked, and nothing of today goes in. */
export const compareAgain = async (loaded: Loaded, dir: string): Promise<string> => {
  const comparing = await openComparing();
  const asked = manifestIn(dir);
  const engine = await attempt(() => comparing.openRecorded(dir));
  return printed(comparing, loaded, { ...asked, engine, measure: asked.measure }).catch(asCommandError);
};

interface Job {
  readonly engine: HistoryEngine;
  readonly options: CompareOptions;
  readonly format: Format;
  readonly now: number;
  readonly measure: Pick<MeasureReport, 'plan' | 'registration'> | undefined;
}

const printed = async (comparing: Comparing, loaded: Loaded, job: Job): Promise<string> => {
  const tools = { engine: job.engine, newHash, price: priceOf(comparing, loaded) };
  if (job.measure !== undefined) {
    const { plan, registration } = job.measure;
    const report = await comparing.evaluateMeasure({
      ...{ ...tools, plan, registration, now: job.now, version },
      seed: registration.hashAtStart ?? registration.hashNow,
    });
    setExit(report.outcome.verdict);
    return measureIn(comparing, job.format, report, job.options.details === true);
  }
  const { before, after, work } = await sidesOf(comparing, job);
  const { options } = job;
  const comparison = await comparing.compareSides({
    ...{ ...tools, before, after, work, step: 3600 },
    factor: options.factor === undefined ? undefined : gramsPerKWh(options.factor),
    factorSource: options.factor === undefined ? undefined : 'as given',
    seed: 'comparison',
    next: nextStep(options, before.hosts, work),
  });
  if (options.exitCode === true) setExit(comparison.adjusted?.verdict ?? 'refused');
  return comparisonIn(comparing, job.format, comparison, options.details === true);
};

/** Exit codes of verdicts, a public contract (DESIGN section 7). */
const setExit = (verdict: MeasureReport['outcome']['verdict']): void => {
  process.exitCode = { verified: 0, indicative: 2, not_verified: 2, increase: 3, refused: 4 }[verdict];
};

const comparisonIn = (c: Comparing, format: Format, comparison: Comparison, details: boolean): string =>
  ({
    table: () => c.comparisonText(comparison, details),
    json: () => c.comparisonJson(comparison),
    csv: () => c.comparisonCsv(comparison),
    md: () => c.comparisonMarkdown(comparison),
    html: () => c.comparisonHtml(comparison),
  })[format]();

const measureIn = (c: Comparing, format: Format, report: MeasureReport, details: boolean): string =>
  ({
    table: () => c.measureText(report, details),
    json: () => c.measureJson(report),
    csv: () => c.measureCsv([report]),
    md: () => c.measureMarkdown(report),
    html: () => c.measureHtml(report),
  })[format]();

const priceOf = (comparing: Comparing, { config }: Loaded) => {
  const known = tariffOf(config);
  if (known === undefined) return undefined;
  const { tariff, local } = known;
  return (at: number) => comparing.priceAt(tariff, at * 1000, local).price;
};

const parts = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);

/** Names, or labels where each part has a `=`. */
const selectorOf = (text: string | undefined) => {
  if (text === undefined) return {};
  const all = parts(text);
  if (!all.every((part) => part.includes('='))) return { hosts: all };
  return {
    match: Object.fromEntries(all.map((part) => part.split(/=(.*)/s).slice(0, 2) as [string, string])),
  };
};

/** `requests`, or `requests=QUERY` for an engine that can be queried. */
const workOf = async ({ work, csv }: CompareOptions): Promise<readonly WorkTerm[]> => {
  if (work !== undefined && work.length > 0)
    return work.map((text) => {
      const at = text.indexOf('=');
      return at < 0 ? { unit: text } : { unit: text.slice(0, at), query: text.slice(at + 1) };
    });
  return csv !== undefined && (await countsWork(csv)) ? [{ unit: 'work' }] : [];
};

const HOUR = 3600;
const whole = ({ from, to }: TimeWindow): TimeWindow => ({
  from: Math.floor(from / HOUR) * HOUR,
  to: Math.ceil(to / HOUR) * HOUR,
});

const sidesOf = async (comparing: Comparing, { engine, options, now }: Job) => {
  const { at, before, after, a, b, over, tz = 'UTC', hosts } = options;
  const work = await workOf(options);
  const listed = async (selector: ReturnType<typeof selectorOf>, window: TimeWindow) => {
    const found = (await engine.list(selector, window)).map(({ host }) => host);
    if (found.length > 0) return found;
    throw new CommandError(
      `no host with energy is known from ${new Date(window.from * 1000).toISOString()} to ${new Date(window.to * 1000).toISOString()} in ${engine.about.where}: choose other dates or hosts`,
    );
  };
  if (a !== undefined || b !== undefined) {
    if (a === undefined || b === undefined || over === undefined)
      throw new CommandError('name both pools and the time: --a SELECTOR --b SELECTOR --over FROM/TO', USAGE);
    const window = whole(parseRange(over, tz));
    const side = async (label: string) => ({ label, window, hosts: await listed(selectorOf(label), window) });
    return { before: await side(a), after: await side(b), work };
  }
  const [first, second] = await windowsOf(comparing, { engine, at, before, after, tz, now, hosts });
  const all = await listed(selectorOf(hosts), { from: first.from, to: second.to });
  return {
    before: { label: 'before', window: first, hosts: all },
    after: { label: 'after', window: second, hosts: all },
    work,
  };
};

const windowsOf = async (
  comparing: Comparing,
  asked: {
    readonly engine: HistoryEngine;
    readonly at: string | undefined;
    readonly before: string | undefined;
    readonly after: string | undefined;
    readonly tz: string;
    readonly now: number;
    readonly hosts: string | undefined;
  },
): Promise<readonly [TimeWindow, TimeWindow]> => {
  const { engine, at, before, after, tz, now, hosts } = asked;
  if (before !== undefined && after !== undefined)
    return [whole(parseRange(before, tz)), whole(parseRange(after, tz))];
  if (at === undefined)
    throw new CommandError(
      'say what to compare: --at DATE, --before FROM/TO with --after FROM/TO, --a and --b with --over, or --measure NAME',
      USAGE,
    );
  const change = Math.floor(parseInstant(at, tz) / HOUR) * HOUR;
  const span = await engine.span(selectorOf(hosts));
  if (span === undefined || change <= span.from || change >= Math.min(span.to, now))
    throw new CommandError(
      span === undefined
        ? `no energy of these hosts is known in ${engine.about.where}`
        : `${at} is outside of what is known of these hosts, ${new Date(span.from * 1000).toISOString()} to ${new Date(span.to * 1000).toISOString()}`,
    );
  return comparing.weeksAround(change, { from: span.from, to: Math.min(span.to, now) });
};

const nextStep = (options: CompareOptions, hosts: readonly string[], work: readonly WorkTerm[]): string => {
  if (work.length === 0) return 'Next: say what work was done, with --work UNIT, such as --work requests.';
  const scope = options.hosts ?? (hosts.length <= 3 ? hosts.join(',') : `${hosts.slice(0, 2).join(',')},...`);
  return `For a verdict next time, before it starts: negawatt measure draft NAME --hosts ${scope} --start DATE --work ${work[0]?.unit}`;
};

const measureOf = async (loaded: Loaded, name: string, engine: HistoryEngine, now: number) => {
  const plans = await openPlans();
  const { plan, entries, unreadable } = measureNamed(await plannedMeasures(loaded.config, engine, now), name);
  if (unreadable !== undefined) throw new CommandError(`${unreadable.reason}; ${unreadable.fix}`);
  const about = { version: plans.METHOD_VERSION, queries: engine.about.queries };
  return { plan, registration: plans.registrationOf(entries, plan, about, now, plans.planHash).registration };
};

const asCommandError = async (error: unknown): Promise<never> => {
  throw await inWords(error);
};

const attempt = async <T>(make: () => T): Promise<T> => {
  try {
    return make();
  } catch (error) {
    return await asCommandError(error);
  }
};

const MANIFEST = 'manifest.json';

/** Writes what was asked and what came of it beside the history; the manifest last, with the hash of every other file. */
const keep = (
  hashes: Readonly<Record<string, string>>,
  { config, sha256 }: Loaded,
  { options, format, now, measure }: Omit<Job, 'engine'>,
  text: string,
): void => {
  const dir = options.evidence ?? '';
  const files: Record<string, string> = { ...hashes };
  const add = (name: string, content: string): void => {
    writeFileSync(join(dir, name), content, { mode: 0o640, flag: 'wx' });
    files[name] = createHash('sha256').update(content).digest('hex');
  };
  const {
    evidence: _,
    prometheus: __,
    tokenFile: ___,
    credentialsFile: ____,
    keyFile: _____,
    ...asked
  } = options;
  add(`result.${format === 'table' ? 'txt' : format}`, text);
  add('config.json', `${JSON.stringify({ sha256, grid: config.grid, site: config.site }, null, 1)}\n`);
  const manifest: Asked = {
    evidence: 'negawatt-comparison-1',
    options: asked,
    ...{ format, version, now, sha256, measure, files },
  };
  writeFileSync(join(dir, MANIFEST), `${JSON.stringify(manifest, null, 1)}\n`, { mode: 0o640, flag: 'wx' });
};

const manifestIn = (dir: string): Asked => {
  try {
    const asked = JSON.parse(readFileSync(join(dir, MANIFEST), 'utf8')) as Asked;
    if (asked.evidence !== 'negawatt-comparison-1') throw new Error('its manifest is of another kind');
    for (const [name, wanted] of Object.entries(asked.files)) {
      const found = createHash('sha256')
        .update(readFileSync(join(dir, name)))
        .digest('hex');
      if (found !== wanted) throw new Error(`${name} is not the file that was written`);
    }
    return asked;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(
      `${dir} is no evidence that can be read (${why}); name a directory that negawatt compare --evidence wrote`,
    );
  }
};
