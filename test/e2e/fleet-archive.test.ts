/** What `negawatt fleet` archives, as others read it beside the service, and after somebody or something spoilt it. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Statement } from '../../src/carbon/statement.ts';
import { connect } from '../../src/store/database.ts';
import {
  eventually,
  freshDirectory,
  type RunningAgent,
  runCommand,
  startAgent,
} from '../fixtures/agent-process.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const DAYS = 84;
const HOSTS = 4;
/** Of one year, so that one statement has it all. */
const END = Date.UTC(2026, 9, 1);
const BEGIN = END - DAYS * DAY;
const dayOf = (days: number): string => new Date(BEGIN + days * DAY).toISOString().slice(0, 10);
const workAt = (hour: number, host: number): number => 400 + 150 * Math.sin(hour / 4 + host);
/** J. Node 1 and 2 use a tenth less from day 56 on. */
const energyAt = (hour: number, host: number): number =>
  Math.round((432_000 + 1116 * workAt(hour, host)) * (hour >= 56 * 24 && host <= 2 ? 0.9 : 1));

/** @param from first day of the table. @param hosts the last of its hosts, from 1 on. */
const table = (from = 0, hosts = HOSTS): string => {
  const lines = ['time,host,energy_joules,work'];
  for (let hour = from * 24; hour < DAYS * 24; hour += 1)
    for (let host = 1; host <= hosts; host += 1)
      lines.push(
        [
          ...[new Date(BEGIN + hour * HOUR).toISOString(), `node-${host}`, energyAt(hour, host)],
          workAt(hour, host).toFixed(2),
        ].join(','),
      );
  return `${lines.join('\n')}\n`;
};
let kwh = 0;
for (let hour = 0; hour < DAYS * 24; hour += 1)
  for (let host = 1; host <= HOSTS; host += 1) kwh += energyAt(hour, host) / 3.6e6;

let directory: ReturnType<typeof freshDirectory>;
let running: RunningAgent | undefined;
const path = (name: string): string => join(directory.path, name);
const measureOf = (name: string, hosts: readonly string[]): object => ({
  ...{ name, kind: 'other', hosts, start: dayOf(56), work: [{ unit: 'work' }] },
  ...{ baseline: { from: dayOf(0), to: dayOf(56) }, report_at: [dayOf(77)] },
});
const configure = (more: object = {}): void =>
  writeFileSync(
    path('fleet.yaml'),
    JSON.stringify({
      history: { csv: { path: path('fleet.csv') } },
      measures: [measureOf('packing', ['node-1', 'node-2']), measureOf('nothing', ['node-3', 'node-4'])],
      ...more,
    }),
  );
beforeEach(() => {
  directory = freshDirectory();
  writeFileSync(path('fleet.csv'), table());
  configure();
});
afterEach(async () => {
  await running?.stop('SIGKILL');
  running = undefined;
  directory.remove();
});
const flags = (state = 'state'): readonly string[] => [
  `--config.file=${path('fleet.yaml')}`,
  `--state.dir=${path(state)}`,
];
const started = async (): Promise<RunningAgent> => {
  running = await startAgent(flags(), {}, { command: 'fleet' });
  return running;
};
interface Listed {
  readonly measures: readonly {
    readonly name: string;
    readonly avoided?: { readonly ratio: number };
  }[];
  readonly evaluation: { readonly succeededAt?: string };
}
const evaluated = (fleet: RunningAgent): Promise<Listed> =>
  eventually(async () => {
    const listed = await fleet.json<Listed>('/api/v1/measures');
    if (listed.evaluation.succeededAt === undefined) throw new Error(`not evaluated yet:\n${fleet.errors()}`);
    return listed;
  });
const ratios = ({ measures }: Listed): readonly unknown[] => measures.map(({ avoided }) => avoided?.ratio);
const statement = async (...more: readonly string[]) => {
  const { code, stdout, stderr } = await runCommand([
    ...['report', '--year=2026', '--format=json', '--grid.zone=DE', ...more],
  ]);
  if (code !== 0) return { code, stderr };
  const lines = (JSON.parse(stdout) as Statement).blocks.flatMap((block) => block.lines);
  const figure = (id: string): number | undefined => {
    const line = lines.find((one) => one.id === id);
    return line?.kind === 'figure' ? line.value : undefined;
  };
  return {
    ...{ code, kwh: figure('activity.total'), hours: figure('coverage.hours') },
    hosts: figure('coverage.hosts.reporting'),
  };
};
/** What of the state directory anybody could miss: names, and bytes of all but the index of the log. */
const bytes = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(path('state'), { recursive: true, encoding: 'utf8' })
      .filter((name) => /archive\.db$|archive\.db-wal$|measures\//.test(name))
      .map((name) => [name, path(`state/${name}`)] as const)
      .filter(([, file]) => statSync(file).isFile())
      .map(([name, file]) => [name, createHash('sha256').update(readFileSync(file)).digest('hex')]),
  );

it('report and compare have the hours that the table has lost, beside the service that archived them', {
  timeout: 60_000,
}, async () => {
  const fleet = await started();
  const question = [
    ...['compare', `--before=${dayOf(28)}/28d`, `--after=${dayOf(56)}/28d`, '--hosts=node-1,node-2'],
    ...['--work=work', '--format=json'],
  ];
  const [before] = await Promise.all([runCommand([...question, ...flags('none')]), evaluated(fleet)]);
  // Node 4 is not even named any more.
  writeFileSync(path('fleet.csv'), table(DAYS - 15, HOSTS - 1));
  const held = bytes();
  const [beside, named, bare, after] = await Promise.all([
    statement(...flags()),
    // An engine that flags name is the same one.
    statement(...flags(), `--csv=${path('fleet.csv')}`),
    statement(...flags('none')),
    runCommand([...question, ...flags()]),
  ]);
  const whole = { code: 0, kwh: expect.closeTo(kwh, 6), hours: DAYS * 24 * HOSTS, hosts: HOSTS };
  expect([beside, named]).toEqual([whole, whole]);
  expect(bare, 'without the archive').toMatchObject({ hours: 15 * 24 * (HOSTS - 1) });
  const energies = ({ stdout }: { readonly stdout: string }) => {
    const told = JSON.parse(stdout);
    return [told.before.energy, told.after.energy, told.adjusted?.avoided];
  };
  expect(after.stderr).toBe('');
  expect(energies(after)).toEqual(energies(before));
  expect(JSON.parse(after.stdout).history.archive).toBe(path('state/archive.db'));
  expect(bytes(), 'only read').toEqual(held);
  expect(await fleet.stop()).toBe(0);
  if (process.getuid?.() !== 0) return;
  // Whoever may not look there is told so: hours that are left out without a word are a wrong statement.
  chmodSync(directory.path, 0o755);
  const stranger = await runCommand(['report', '--year=2026', '--grid.zone=DE', ...flags()], {}, 65_534);
  expect([stranger.code, stranger.stderr]).toEqual([
    1,
    expect.stringMatching(/archive .*cannot be seen.*sudo -u/s),
  ]);
});

it('leaves the engine of a fleet out of the statement of its own host with --no-hours', async () => {
  expect(await statement(...flags('none'), '--no-hours')).toMatchObject({ code: 0, kwh: undefined });
});

it('has whole days alone after kill -9 while it writes, and comes to the same figures from there', {
  timeout: 60_000,
}, async () => {
  const first = await started();
  const calm = ratios(await evaluated(first));
  await first.stop();
  const names = await archivedDays();
  expect(names.size).toBe(DAYS);
  const whole = Math.max(...[...names.values()].map((series) => series.length));
  configure({ state: { dir: path('other') } });
  const again = ['--config.file', path('fleet.yaml')];
  const cut: number[] = [];
  for (let round = 0; round < 2; round += 1) {
    running = await startAgent(again, {}, { command: 'fleet' });
    const { process: service } = running;
    // As soon as days are in its log.
    await eventually(async () => {
      if (!existsSync(path('other/archive.db-wal')) || statSync(path('other/archive.db-wal')).size < 40_000)
        throw new Error('nothing is written yet');
    });
    service.kill('SIGKILL');
    await running.stop('SIGKILL');
    const kept = await archivedDays('other');
    cut.push(kept.size);
    // Each day holds all hosts of the measures of which it holds any.
    for (const series of kept.values()) expect([0, whole / 2, whole]).toContain(series.length);
  }
  expect(cut[0], 'some were there').toBeGreaterThan(0);
  running = await startAgent(again, {}, { command: 'fleet' });
  expect(ratios(await evaluated(running))).toEqual(calm);
  expect((await archivedDays('other')).size).toBe(DAYS);
});

/** Series by day, as they stand in the file; every figure is read. */
const archivedDays = async (state = 'state'): Promise<ReadonlyMap<number, readonly string[]>> => {
  const { openArchive } = await import('../../src/store/archive.ts');
  const db = await connect(path(`${state}/archive.db`));
  const starts = db.prepare('SELECT DISTINCT start FROM day ORDER BY start').pluck().all() as number[];
  db.close();
  const archive = await openArchive(path(state), { isReader: true });
  const days = new Map(
    starts.map((start) => {
      const names = [...archive.marks(start).keys()];
      return [start, [...archive.read(start, names).keys()]] as const;
    }),
  );
  archive.close();
  return days;
};

it('says in the log and to report that a damaged archive must be restored, and changes nothing', async () => {
  const first = await started();
  const before = await evaluated(first);
  await first.stop();
  const file = path('state/archive.db');
  // As after a disk that lost what was written last.
  truncateSync(file, Math.floor(statSync(file).size / 8192) * 4096);
  const held = bytes()['archive.db'];
  const second = await started();
  // Verdicts that are final read nothing any more, and stand.
  expect(ratios(await evaluated(second))).toEqual(ratios(before));
  const words = `the archive ${file} is damaged`;
  expect(second.errors()).toContain(`the hours of packing cannot be archived: ${words}`);
  expect(second.errors()).toContain('restore it from a copy; moved away, it is begun anew');
  expect(await statement(...flags())).toEqual({ code: 1, stderr: expect.stringContaining(words) });
  expect(bytes()['archive.db']).toBe(held);
});
