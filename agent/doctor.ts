import { exampleNotice, memoryStore, type Snapshot } from '../src/index.ts';
import { type Agent, composeAgent } from './compose.ts';
import { type FlagValues, type Loaded, load, problemText } from './configuration.ts';
import { embodiedFinding } from './embodied-finding.ts';
import { ERROR } from './exit.ts';
import { gridZone } from './grid-zone.ts';
import { whileWaiting } from './progress.ts';
import { stateDirectory } from './state.ts';
import { csv, printable, table } from './table.ts';
import { checkWebFile } from './web-check.ts';

interface Finding {
  readonly name: string;
  readonly status: string;
  readonly why: string;
  readonly fix: string;
}

/** Two readings so far apart show what a single one cannot: that counters move and meters answer. */
const BETWEEN_READINGS_MS = 1200;
/** A BMC needs seconds for its first answer; the longest time-out of one by default. */
const PATIENCE_MS = 11_000;

/** Looks at every source and at what else the agent needs, and prints what is found. */
export const doctor = async (flags: FlagValues, format: string): Promise<void> => {
  const loaded = await load(flags);
  const { sources, checks } = await whileWaiting('looking at the sources', () => findings(loaded), {
    isQuiet: format !== 'table',
  });
  write(format, sources, checks, loaded.example);
};

interface Findings {
  readonly sources: readonly Finding[];
  readonly checks: readonly Finding[];
}

const findings = async (loaded: Loaded): Promise<Findings> => {
  const agent = await composeAgent({
    loaded,
    store: memoryStore(),
    onSource: () => {},
    patience: PATIENCE_MS,
  });
  try {
    await Promise.all([agent.refreshWork(), agent.grid?.ask()]);
    agent.tick();
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_READINGS_MS));
    const snapshot = agent.tick();
    const sources = agent
      .statuses()
      .map(({ source, state, why, fix }) => ({ name: source, status: state, why, fix }));
    return { sources, checks: await otherChecks(loaded, agent, snapshot) };
  } finally {
    agent.close();
  }
};

type HostTotal = Pick<Snapshot['view']['metered']['state']['host'], 'source' | 'quality'>;

/** What the agent needs beside its sources. */
const otherChecks = async (loaded: Loaded, agent: Agent, snapshot: Snapshot): Promise<readonly Finding[]> => {
  const zone: Finding = { name: 'grid zone', ...gridZone(loaded.config, agent.carbonAt(Date.now())) };
  const unknown = unknownMeters(loaded, snapshot);
  const embodied = embodiedFinding(agent.embodied(), snapshot, agent.withoutSheets);
  const made: Finding = { name: 'embodied', ...embodied };
  return [
    hostTotal(snapshot),
    ...unknown,
    zone,
    ...providers(agent),
    made,
    await stateDirectory(loaded.config),
    ...(await webFile(loaded)),
  ];
};

/** The agent does not start with a web-config file that it cannot keep: the one finding that is an error. */
const webFile = async ({ config }: Loaded): Promise<readonly Finding[]> => {
  const web = await checkWebFile(config);
  if (web === undefined) return [];
  const { problems, warnings, why } = web;
  if (problems.length > 0) process.exitCode = ERROR;
  return [
    {
      name: 'web config',
      status: problems.length > 0 ? 'unusable' : 'ok',
      why: why.replaceAll('\n', '; '),
      fix:
        problems.length > 0
          ? 'mend the file; `negawatt config check` names each line'
          : problemText(warnings),
    },
  ];
};

const STANDING = {
  fresh: 'ok',
  stale: 'stale',
  degraded: 'degraded',
  gone: 'silent',
} as const;

/** Providers of live grid data, each asked once. */
const providers = ({ grid }: Agent): readonly Finding[] =>
  (grid?.states() ?? []).map(({ provider, label, state, readings, error, notes, age }) => {
    const newest = readings.at(-1);
    const told =
      newest === undefined ? 'no value yet' : `${newest.value} g/kWh, ${Math.round(age ?? 0)} s old`;
    const why = [label, error?.message ?? told, ...notes].join('; ');
    return {
      name: `grid ${provider}`,
      status: error === undefined ? STANDING[state] : 'failing',
      why,
      fix: error?.fix ?? '',
    };
  });

/** A factor or a floor under a name that no meter has is a typing error, or a meter that is away. */
const unknownMeters = ({ config }: Loaded, { view: { metered } }: Snapshot): readonly Finding[] => {
  const known = metered.placed.map(({ meter: { id } }) => id);
  const named = Object.entries({ floors: config.energy.floors, calibration: config.energy.calibration });
  return named.flatMap(([key, byId]) =>
    Object.keys(byId)
      .filter((id) => !known.includes(id) && (key === 'calibration' || id !== 'rest'))
      .map((id) => ({
        name: `energy.${key}`,
        status: 'unused',
        why: `no meter is called ${id}`,
        fix: known.length === 0 ? 'remove the line' : `name one of: ${known.join(', ')}`,
      })),
  );
};

const hostTotal = ({ view: { metered } }: Snapshot): Finding => {
  const name = 'host total';
  const { source, quality } = metered.state.host;
  // A meter that is asked every few seconds has not told twice by now, and two readings make an energy.
  const slow = metered.placed.find(({ role }) => role === 'host')?.meter;
  if (source === undefined && slow !== undefined) {
    const why = `from ${slow.domain} (${slow.label}), which is read every ${slow.interval} s: two readings make an energy`;
    return { name, status: 'awaited', why, fix: '' };
  }
  if (source === undefined) {
    const fix = 'mend one of the meters above, or name a load curve in sources.model.curve';
    return { name, status: 'missing', why: 'no source gives the energy of the whole host', fix };
  }
  const passed = quality === 'estimated' ? ', an estimate that the host of this guest passes through' : '';
  return {
    name,
    status: quality === 'estimated' ? 'estimated' : 'ok',
    why: source === 'model' ? 'from a load curve: no meter is readable' : `from ${source}${passed}`,
    fix: fixOf(source, quality),
  };
};

const fixOf = (source: string, quality: HostTotal['quality']): string => {
  if (source === 'model') return 'make a meter readable (see above); an estimate proves no saving';
  return quality === 'estimated' ? 'make a meter readable on the host; an estimate proves no saving' : '';
};

const write = (
  format: string,
  sources: readonly Finding[],
  checks: readonly Finding[],
  example: string | undefined,
): void => {
  if (format === 'json') {
    process.stdout.write(
      `${JSON.stringify({ ...(example === undefined ? {} : { example }), sources, checks }, null, 2)}\n`,
    );
    return;
  }
  const rows = [...sources, ...checks].map(({ name, status, why, fix }) => [
    name,
    status,
    printable(why),
    fix,
  ]);
  if (format === 'csv') {
    // Its last column is filled while grams are an example: no row can be cut out without that word.
    const marked = rows.map((row) => [...row, example ?? '']);
    process.stdout.write(csv(['name', 'status', 'why', 'fix', 'example'], marked));
    return;
  }
  if (example !== undefined) process.stdout.write(`${exampleNotice(example)}\n\n`);
  const shown = rows.map((row) => row.slice(0, 3));
  process.stdout.write(table(['NAME', 'STATUS', 'WHY'], shown));
  const fixes = rows.filter(([, , , fix]) => fix !== '');
  if (fixes.length > 0)
    process.stdout.write(
      `\nWhat to do:\n${fixes.map(([name, , , fix]) => `  ${name}: ${fix}`).join('\n')}\n`,
    );
};
