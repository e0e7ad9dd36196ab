import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import {
  type Activity,
  type Found,
  openStatements,
  readAdderPins,
  readPins,
  STATEMENT_FORMATS,
  type StatementFormat,
  type StatementInput,
} from '../src/index.ts';
import { CONFIG_DIRECTORY, type Loaded, problemText } from './configuration.ts';
import { CommandError, USAGE } from './exit.ts';
import { historyOf as engineOf, type HistoryFlags, inWords } from './history.ts';
import { withProgress } from './progress.ts';
import { agentTerms } from './report-terms.ts';
import { stateDirectoryOf } from './state.ts';
import { version } from './version.ts';

const {
  activityWithoutFile,
  equivalencesOf,
  gatherInventory,
  loadActivity,
  makeStatement,
  readClosed,
  readEvidence,
  readHours,
  readWork,
  sha256,
  writeClosed,
  writeEvidence,
  writeStatement,
} = await openStatements();

type Statements = Awaited<ReturnType<typeof openStatements>>;

export interface ReportOptions {
  readonly year: number;
  readonly activity: string | undefined;
  readonly format: StatementFormat;
  readonly equivalences: boolean;
  readonly evidence: string | undefined;
  readonly close: boolean;
  readonly revision: number | undefined;
  /** Whether the hours of this host's agent are taken in. */
  readonly hours: boolean;
  readonly hostsExpected: number | undefined;
  readonly zoneLabel: string | undefined;
  /** Flags of an engine of a fleet, in place of the hours of this host. */
  readonly history: HistoryFlags;
}

/** The value, or the end of the command with the reason and the next step. */
const need = <T>(answer: Found<T>): T => {
  if (answer.found) return answer.value;
  throw new CommandError(`${answer.reason}; ${answer.fix}`);
};

/** Makes the statement of a year, keeps what was asked to be kept, and returns what is printed. */
export const report = async (loaded: Loaded, options: ReportOptions): Promise<string> => {
  const dir = stateDirectoryOf(loaded.config);
  // A year that goes on would need a revision with every hour.
  if (options.close && Date.now() < Date.UTC(options.year + 1, 0))
    throw new CommandError(
      `${options.year} is not over: it can be closed from ${options.year + 1}-01-01 UTC on`,
    );
  const activity = await activityOf(loaded, options);
  const fleet = await fleetOf(loaded, options, activity);
  const closed = dir === undefined ? undefined : need(readClosed(dir, options.year));
  const input = await gathered(loaded, dir, {
    activity,
    ...(fleet === undefined ? {} : { fleet }),
    ...(options.hours && fleet === undefined
      ? await historyOf(loaded, dir, options.year)
      : { hours: [], work: [] }),
    closed,
    before: dir === undefined ? undefined : need(readClosed(dir, options.year - 1)),
    revision: options.revision ?? closed?.revision ?? 1,
  });
  const { statement, text } = await written(input, options);
  if (options.evidence !== undefined) await keepEvidence(loaded, options, { input, text, fleet });
  if (options.close) {
    if (dir === undefined)
      throw new CommandError('there is no state directory to close the year in; name one with --state.dir');
    if (closed?.revision === input.revision)
      throw new CommandError(
        `${options.year} is closed at revision ${closed.revision} already, and nothing changed`,
      );
    need(writeClosed(dir, statement, await writeStatement(statement, 'json', [])));
  }
  return text;
};

/** Whether flags name an engine, or the configuration does: --no-hours leaves out what the latter would add, too. */
const isOfFleet = ({ config: { history } }: Loaded, options: ReportOptions): boolean => {
  const { prometheus, csv } = options.history;
  if (prometheus !== undefined || csv !== undefined) return true;
  return options.hours && (history?.prometheus !== undefined || history?.csv !== undefined);
};

const activityOf = async (loaded: Loaded, options: ReportOptions): Promise<Activity> => {
  const activity = await activityAsGiven(loaded, options);
  const { hostsExpected: hosts } = options;
  if (hosts === undefined) return activity;
  const { hosts: stated = hosts } = activity.boundary;
  if (stated !== hosts)
    throw new CommandError(
      `--hosts-expected says ${hosts} and boundary.hosts of ${options.activity ?? 'this host'} says ${stated}: name one of the two`,
      USAGE,
    );
  return { ...activity, boundary: { ...activity.boundary, hosts } };
};

const activityAsGiven = async (loaded: Loaded, options: ReportOptions): Promise<Activity> => {
  const { config } = loaded;
  const { year, activity: file } = options;
  if (file === undefined)
    return isOfFleet(loaded, options)
      ? activityWithoutFile(year, FLEET)
      : activityWithoutFile(year, config.host.name ?? hostname(), 1);
  const read = await loadActivity(file);
  if (!read.ok) throw new CommandError(`the activity file is not usable:\n${problemText(read.problems)}`);
  if (read.activity.year !== year)
    throw new CommandError(
      `${file} is of ${read.activity.year} and --year says ${year}: name one of the two`,
      USAGE,
    );
  return read.activity;
};

/** Entity and site where no activity file names them. */
const FLEET = 'fleet';

/** Energy of a fleet, where an engine of one is named. Throws CommandError. */
const fleetOf = async (
  loaded: Loaded,
  options: ReportOptions,
  activity: Activity,
): Promise<FleetAnswer | undefined> => {
  if (!isOfFleet(loaded, options)) {
    if (options.zoneLabel === undefined) return undefined;
    throw new CommandError(
      '--zone-label is of the hosts of a fleet: name its engine with --prometheus or --csv',
      USAGE,
    );
  }
  const { readFleet } = await openStatements();
  const { site, zone } = agentTerms(loaded.config);
  const engine = await engineOf(loaded, options.history);
  try {
    return await withProgress(
      `reading ${options.year}`,
      (onProgress) =>
        readFleet({
          ...{ engine, zone, year: options.year, zoneLabel: options.zoneLabel, onProgress },
          now: Date.now() / 1000,
          site: activity.agent ?? { ...site, site: FLEET },
        }),
      { isQuiet: options.format === 'json' },
    );
  } catch (error) {
    throw await inWords(error);
  } finally {
    await engine.close();
  }
};

type History = Pick<StatementInput, 'hours' | 'work'>;

/** Hours of the agent's store. A directory that was not named may be missing: then this host has no agent. */
const historyOf = async ({ config }: Loaded, dir: string | undefined, year: number): Promise<History> => {
  if (dir === undefined) return { hours: [], work: [] };
  const span = [Date.UTC(year, 0) / 1000, Date.UTC(year + 1, 0) / 1000] as const;
  const [hours, work] = [await readHours(dir, ...span), await readWork(dir, ...span)];
  if (hours.found && work.found) return { hours: hours.value, work: work.value };
  const failed = hours.found ? work : hours;
  if (failed.found) return { hours: [], work: [] };
  if (config.state.dir === undefined && (failed.state ?? 'absent') === 'absent')
    return { hours: [], work: [] };
  throw new CommandError(`${failed.reason}; ${failed.fix}; or leave this host out with --no-hours`);
};

type FleetAnswer = Awaited<ReturnType<Statements['readFleet']>>;
type Parts = Pick<StatementInput, 'activity' | 'hours' | 'work' | 'revision'> & {
  readonly fleet?: FleetAnswer;
  readonly closed: StatementInput['closed'] | undefined;
  readonly before: StatementInput['before'] | undefined;
};

/** Rows that were kept of years that have begun. Another factor than the counters had would go unnoticed. */
const pinsOf = <P>(
  dir: string | undefined,
  read: (dir: string) => Found<ReadonlyMap<string, P>>,
): ReadonlyMap<string, P> => {
  if (dir === undefined) return new Map();
  const pins = read(dir);
  if (pins.found) return pins.value;
  if (pins.state === 'unreadable') throw new CommandError(`${pins.reason}; ${pins.fix}`);
  return new Map();
};

const gathered = async (
  { config, sha256: hash }: Loaded,
  dir: string | undefined,
  parts: Parts,
): Promise<Omit<StatementInput, 'hash'>> => {
  try {
    const result = await gatherInventory({
      ...parts,
      directory: join(CONFIG_DIRECTORY, 'factors'),
      userFiles: config.grid.files,
      fallback: config.grid.fallback,
      pins: pinsOf(dir, readPins),
      adderPins: pinsOf(dir, readAdderPins),
      restate: config.grid.restate,
      agent: agentTerms(config),
      made: { version, config: hash },
    });
    if (result.ok) return result.input;
    throw new CommandError(`the statement cannot be made:\n${result.problems.join('\n')}`);
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    throw new CommandError(cause instanceof Error ? cause.message : String(cause));
  }
};

type Form = Pick<ReportOptions, 'format' | 'equivalences'>;

const written = async (input: Omit<StatementInput, 'hash'>, { format, equivalences }: Form) => {
  const made = makeStatement({ ...input, hash: sha256 });
  if (!made.ok) throw new CommandError(`the statement is refused:\n${made.refusals.join('\n')}`);
  const { statement } = made;
  const wanted = equivalences ? input.activity.equivalences : [];
  const shown = equivalencesOf(statement, wanted);
  if (!shown.ok) throw new CommandError(shown.refusals.join('\n'));
  return { statement, text: await writeStatement(statement, format, shown.equivalences) };
};

interface Kept {
  readonly input: Omit<StatementInput, 'hash'>;
  readonly text: string;
  readonly fleet: FleetAnswer | undefined;
}

/** Of people's own tools: each host by the month, which the entries of the activity are the sums of. */
const monthsCsv = ({ months }: FleetAnswer): string =>
  [
    'host,zone,month,hours,kwh,quality,meter',
    ...months.map(({ host, zone, month, hours, energy, quality, meter }) =>
      [host, zone, month, hours, energy, quality, meter]
        .map((cell) => (/[",\r\n]/.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : cell))
        .join(','),
    ),
    '',
  ].join('\n');

const keepEvidence = async (
  { config, sha256: hash }: Loaded,
  { evidence: dir = '', activity, format, equivalences }: ReportOptions,
  { input, text, fleet }: Kept,
): Promise<void> => {
  // Of the configuration what a figure can rest on: the rest, such as addresses of meters, is nobody's business.
  const { grid, site } = config;
  const more = {
    'config.json': `${JSON.stringify({ sha256: hash, grid, site }, null, 1)}\n`,
    [`statement.${format === 'table' ? 'txt' : format}`]: text,
    ...(fleet === undefined ? {} : { 'fleet-months.csv': monthsCsv(fleet) }),
    ...(activity === undefined ? {} : { [`source-${basename(activity)}`]: await readFile(activity, 'utf8') }),
  };
  need(writeEvidence(dir, { input, asked: { format, equivalences } }, more));
};

/** The statement again, from evidence alone: neither the state directory nor the factor tables of today are read. */
export const reportAgain = async (
  dir: string,
  form: { readonly format: StatementFormat | undefined; readonly equivalences: boolean },
): Promise<{ readonly text: string; readonly warning?: string }> => {
  const { input, asked, version: other } = need(readEvidence(dir));
  const format = form.format ?? STATEMENT_FORMATS.find((known) => known === asked.format);
  if (format === undefined)
    throw new CommandError(
      `${dir} asks for the format ${asked.format}, which there is not; name one with --format`,
    );
  const { text } = await written(input, {
    format,
    equivalences: form.equivalences || asked.equivalences,
  }).catch((cause: unknown) => {
    if (cause instanceof CommandError) throw cause;
    // Its hashes are right, so whoever wrote it wrote it so: another program, or this one with a fault.
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(
      `no statement can be made of ${dir} (${why}); if \`negawatt report --evidence\` wrote it, please report this`,
    );
  });
  if (other === version) return { text };
  return { text, warning: `the evidence was written by negawatt ${other}; this is ${version}` };
};
