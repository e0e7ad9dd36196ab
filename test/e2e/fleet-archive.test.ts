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
import { expect, it } from 'vitest';
import type { Statement } from '../../src/carbon/statement.ts';
import { connect } from '../../src/store/database.ts';
import { eventually, runCommand } from '../fixtures/agent-process.ts';
import { DAYS, fleetService, HOSTS } from '../fixtures/fleet-service.ts';

/** It ends within a year, so that one statement has all of it. */
const service = fleetService(Date.UTC(2026, 9, 1));
const { path, dayOf, energyAt, table, configure, flags, started } = service;
let kwh = 0;
for (let hour = 0; hour < DAYS * 24; hour += 1)
  for (let host = 1; host <= HOSTS; host += 1) kwh += energyAt(hour, host) / 3.6e6;

interface Listed {
  readonly measures: readonly {
    readonly name: string;
    readonly avoided?: { readonly ratio: number };
  }[];
  readonly evaluation: { readonly succeededAt?: string };
}
const evaluated = service.evaluated<Listed>;
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
  chmodSync(path(), 0o755);
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
    const killed = await started(again);
    // As soon as days are in its log.
    await eventually(async () => {
      if (!existsSync(path('other/archive.db-wal')) || statSync(path('other/archive.db-wal')).size < 40_000)
        throw new Error('nothing is written yet');
    });
    await killed.stop('SIGKILL');
    const kept = await archivedDays('other');
    cut.push(kept.size);
    // Each day holds all hosts of the measures of which it holds any.
    for (const series of kept.values()) expect([0, whole / 2, whole]).toContain(series.length);
  }
  expect(cut[0], 'some were there').toBeGreaterThan(0);
  expect(ratios(await evaluated(await started(again)))).toEqual(calm);
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
