import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Line, Statement } from '../../src/carbon/statement.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { fromKilowattHours, kilowattHours, seconds } from '../../src/units.ts';
import { eventually, freshDirectory, runCommand, startAgent } from '../fixtures/agent-process.ts';
import { serveJson } from '../fixtures/json-server.ts';
import { hourRow } from '../fixtures/usage.ts';

let directory: ReturnType<typeof freshDirectory>;
beforeEach(() => {
  directory = freshDirectory();
});
afterEach(() => directory.remove());

const at = (name: string): string => join(directory.path, name);
const EXAMPLE = ['--year=2023', '--activity=config/examples/inventory.yaml', '--no-hours'];
const linesOf = (text: string): readonly Line[] =>
  (JSON.parse(text) as Statement).blocks.flatMap(({ lines }) => lines);
const figure = (text: string, id: string): number => {
  const line = linesOf(text).find((one) => one.id === id);
  if (line?.kind !== 'figure') throw new Error(`${id} is no figure: ${JSON.stringify(line)}`);
  return line.value;
};

/** A state directory as an agent leaves it: 1 kWh in each of some hours of 2023. */
const stateWith = async (hours: number, gridZone = 'CN-GD'): Promise<string> => {
  const dir = at('state');
  const store = await openSqliteStore(dir);
  if (!store.found) throw new Error(store.reason);
  const first = Date.UTC(2023, 0) / 1000;
  store.value.save(
    { bootId: 'b', savedAt: seconds(1), wall: 5, counters: new Map(), engine: {}, version: 1 },
    Array.from({ length: hours }, (_, hour) =>
      hourRow(first + hour * 3600, gridZone, fromKilowattHours(kilowattHours(1)), 'measured'),
    ),
  );
  store.value.close();
  return dir;
};

describe('negawatt report', () => {
  it('prints the shipped example: coverage first, then each figure', async () => {
    const { code, stdout, stderr } = await runCommand(['report', ...EXAMPLE]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^Example Cloud: inventory statement 2023, revision 1\n.*\n\nCoverage\n +500 hosts +Hosts expected/,
    );
    for (const tonnes of [
      '5.263 t CO2 ',
      '2.600 t CO2e',
      '552.375 t CO2',
      '396.240 t CO2',
      '13.130 t CO2e',
      '27.619 t CO2',
    ])
      expect(stdout).toContain(tonnes);
    expect(stdout).not.toContain('Equivalences');
  });

  it("takes the hours of the agent's own store, with what they leave open", async () => {
    const dir = await stateWith(100);
    const { code, stdout } = await runCommand(['report', '--year=2023', `--state.dir=${dir}`, '--json']);
    expect(code).toBe(0);
    expect(figure(stdout, 'coverage.hosts.reporting')).toBe(1);
    expect(figure(stdout, 'coverage.hours')).toBe(100);
    expect(figure(stdout, 'scope2.location')).toBeCloseTo(0.04419, 12);
    expect(figure(stdout, 'coverage.hosts.expected')).toBe(1);
    expect(figure(stdout, 'coverage.hours.share')).toBeCloseTo((100 / 8760) * 100, 9);
    expect(linesOf(stdout).find(({ id }) => id === 'coverage.hours.missing')?.kind).toBe('gap');
    expect(linesOf(stdout).find(({ id }) => id === 'scope1')?.kind).toBe('gap');
  });

  it('rests on the factor that the agent began the year with, whatever the tables hold now', async () => {
    const dir = await stateWith(100);
    const shipped = JSON.parse(readFileSync('config/factors/grid-direct.json', 'utf8')) as {
      zone: string;
      year: number;
    }[];
    const row = shipped.find(({ zone, year }) => zone === 'CN-GD' && year === 2023)!;
    const years = { 'CN-GD 2023': [{ ...row, value: 500 }] };
    writeFileSync(join(dir, 'factor-pins.json'), JSON.stringify({ format: 1, years }));
    const { stdout } = await runCommand(['report', '--year=2023', `--state.dir=${dir}`, '--json']);
    expect(figure(stdout, 'scope2.location')).toBeCloseTo(0.05, 12);
    writeFileSync(join(dir, 'factor-pins.json'), '{');
    const damaged = await runCommand(['report', '--year=2023', `--state.dir=${dir}`, '--json']);
    expect([damaged.code, damaged.stderr]).toEqual([1, expect.stringContaining('factor-pins.json')]);
  });

  it('adds entered sites to the own host, and applies PUE and instruments of the configuration to the own one', async () => {
    const dir = await stateWith(100);
    writeFileSync(
      at('c.yaml'),
      'grid:\n  zone: CN-GD\n  instruments:\n    - {name: gec, kind: certificates, from: 2023-01-01, to: 2024-01-01, share: 0.5, factor: 0, gases: CO2, document: d}\nsite: {pue: 1.5}\n',
    );
    writeFileSync(
      at('a.yaml'),
      'year: 2023\nboundary: {entity: E, approach: operational_control, hosts: 2}\nenergy:\n  - {site: b, zone: CN-GD, quantity: 50 kWh, of: facility, quality: estimated, hosts: 1, document: d}\n',
    );
    const flags = [`--state.dir=${dir}`, `--config.file=${at('c.yaml')}`, `--activity=${at('a.yaml')}`];
    const { stdout, stderr } = await runCommand(['report', '--year=2023', ...flags, '--json']);
    expect(stderr).toBe('');
    expect(figure(stdout, 'scope2.location') * 1e6).toBeCloseTo((150 + 50) * 441.9, 6);
    expect(figure(stdout, 'scope2.market') * 1e6).toBeCloseTo((75 + 50) * 609.6, 6);
    expect(figure(stdout, 'coverage.hosts.reporting')).toBe(2);
  });

  it('reads beside an agent that runs, and the agent goes on', async () => {
    const dir = at('state');
    writeFileSync(at('c.yaml'), 'sampling: {interval: 1s}\n');
    const agent = await startAgent([`--state.dir=${dir}`, '--grid.zone=FR', `--config.file=${at('c.yaml')}`]);
    try {
      const year = new Date().getUTCFullYear();
      await eventually(async () => {
        await agent.get('/metrics');
        const { stdout } = await runCommand([
          'report',
          `--year=${year}`,
          `--state.dir=${dir}`,
          '--grid.zone=FR',
          '--json',
        ]);
        expect(figure(stdout, 'activity.total')).toBeGreaterThan(0);
        expect(figure(stdout, 'scope2.location')).toBeGreaterThan(0);
      });
    } finally {
      expect(await agent.stop()).toBe(0);
    }
  });

  it('rests on what a running agent booked hour by hour: live factor, measured PUE, price, score of work', async () => {
    const dir = at('state');
    const pue = await serveJson({
      '/metrics': (_, response) => {
        response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
        response.end('site_pue_ratio 1.5\n');
      },
    });
    try {
      const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000;
      const time = (ahead: number): string => new Date(hour + ahead * 3_600_000).toISOString();
      writeFileSync(at('live.csv'), `time,value\n${time(-1)},200\n${time(0)},200\n${time(1)},200\n`);
      writeFileSync(
        at('c.yaml'),
        `sampling: {interval: 1s}
grid:
  zone: DE
  providers:
    - {name: file, path: ${at('live.csv')}, zone: DE, basis: direct, gases: CO2, boundary: production, unit: g/kWh, interval: 1h, source: a test, licence: own}
site:
  pue_metric: {url: '${pue.url}/metrics', metric: site_pue_ratio, interval: 5s}
  tariff: {currency: EUR, price: 0.2, timezone: Europe/Berlin, windows: [{from: '00:00', to: '23:45', price: 0.4}, {from: '23:45', to: '00:00', price: 0.4}]}
embodied: {host: {kg: 1000, source: a sheet}}
`,
      );
      const flags = [`--state.dir=${dir}`, `--config.file=${at('c.yaml')}`];
      const agent = await startAgent(flags);
      try {
        // New series of grams are held at 0 for a while: the factor is told at once.
        const ready = (text: string): boolean =>
          text.includes('negawatt_factor_info{factor="DE/direct/file"') && text.includes('pue_ratio 1.5');
        await eventually(async () => expect(ready(await agent.get('/metrics'))).toBe(true));
        const send = async (): Promise<void> => {
          const headers = { 'content-type': 'application/json' };
          const body = JSON.stringify({ workload: 'host', unit: 'jobs', add: 5 });
          const sent = await fetch(`${agent.url}/api/v1/work`, { method: 'POST', headers, body });
          expect(sent.status).toBeLessThan(300);
        };
        await eventually(async () => {
          await send();
          expect(await agent.get('/api/v1/snapshot')).toContain('"gramsPerUnit"');
        });
      } finally {
        expect(await agent.stop()).toBe(0);
      }
      const year = new Date(hour).getUTCFullYear();
      const own = ['report', `--year=${year}`, ...flags];
      const { stdout, stderr } = await runCommand([...own, '--json', `--evidence=${at('e')}`]);
      expect(stderr).toBe('');
      const booked = 'scope2.location.booked.DE.DE/direct/file';
      const line = linesOf(stdout).find(({ id }) => id === booked);
      expect(line?.note).toMatch(/in [12] h, 200\.0 g\/kWh on average; live series of file, direct, CO2/);
      expect(figure(stdout, 'coverage.booked.location')).toBeGreaterThanOrEqual(1);
      const money = linesOf(stdout).find(({ id }) => id === 'activity.cost.hourly.EUR');
      expect(money?.note).toContain('at 0.4 EUR/kWh');
      expect(figure(stdout, 'activity.cost.hourly.EUR')).toBeCloseTo(
        figure(stdout, 'activity.total') * 0.4,
        9,
      );
      expect(linesOf(stdout).find(({ id }) => id === 'activity.overhead')?.note).toMatch(
        /PUE 1\.\d{4} \(as booked hour by hour/,
      );
      const score = linesOf(stdout).find(({ id }) => id === 'indicators.sci.host.jobs');
      expect(score).toMatchObject({ kind: 'figure', unit: 'g/jobs' });
      expect((await runCommand(['report', `--from-evidence=${at('e')}`])).stdout).toBe(stdout);
      for (const format of ['table', 'csv', 'md', 'html']) {
        const text = (await runCommand([...own, `--format=${format}`])).stdout;
        expect(text, format).toContain('as booked by the hour');
        expect(text, format).toContain('SCI, whole host, per jobs');
      }
      // A year that is restated takes its factors anew, and the opening says so.
      writeFileSync(at('r.yaml'), `grid: {zone: DE, restate: [${year}]}\n`);
      const restated = await runCommand([...own.slice(0, 3), `--config.file=${at('r.yaml')}`, '--json']);
      expect(linesOf(restated.stdout).some(({ id }) => id === 'coverage.restated')).toBe(true);
      expect(linesOf(restated.stdout).some(({ id }) => id === booked)).toBe(false);
    } finally {
      await pue.close();
    }
  });

  it('prices hours that nobody paid for in the books by the local time of the tariff', async () => {
    const dir = await stateWith(24);
    writeFileSync(
      at('c.yaml'),
      "grid: {zone: CN-GD}\nsite: {pue: 2, tariff: {currency: CNY, price: 0.5, timezone: Asia/Shanghai, windows: [{from: '22:00', to: '06:00', price: 0.2}]}}\n",
    );
    const own = ['report', '--year=2023', `--state.dir=${dir}`, `--config.file=${at('c.yaml')}`];
    const { stdout } = await runCommand([...own, '--json', `--evidence=${at('e')}`]);
    // 16 hours of the day and 8 of the night, 2 kWh of the site each.
    expect(figure(stdout, 'activity.cost.hourly.CNY')).toBeCloseTo(2 * (16 * 0.5 + 8 * 0.2), 9);
    // Midnight UTC is eight in the morning there.
    expect(readFileSync(join(at('e'), 'hours.csv'), 'utf8').split('\n')[1]).toMatch(
      /^2023-01-01T00:00:00.000Z,CN-GD,3600000,measured,,,CNY,0.5$/,
    );
    expect((await runCommand(['report', `--from-evidence=${at('e')}`])).stdout).toBe(stdout);
  });

  it('makes the same bytes again from evidence alone, in the form that was asked for', async () => {
    const dir = await stateWith(48);
    // One host more than the example expects: the own one.
    writeFileSync(
      at('inventory-site.yaml'),
      readFileSync('config/examples/inventory.yaml', 'utf8').replace('hosts: 500  ', 'hosts: 501  '),
    );
    const flags = ['--year=2023', `--activity=${at('inventory-site.yaml')}`, `--state.dir=${dir}`];
    for (const format of ['table', 'json', 'csv', 'md', 'html']) {
      const evidence = at(`evidence-${format}`);
      const first = await runCommand([
        'report',
        ...flags,
        `--format=${format}`,
        '--equivalences',
        `--evidence=${evidence}`,
      ]);
      expect(first.stderr).toBe('');
      cpSync(evidence, at(`moved-${format}`), { recursive: true });
      const again = await runCommand(['report', `--from-evidence=${at(`moved-${format}`)}`]);
      expect(again.stderr).toBe('');
      expect(again.stdout === first.stdout, format).toBe(true);
      const kept = readdirSync(evidence).find((name) => name.startsWith('statement.')) ?? '';
      expect(readFileSync(join(evidence, kept), 'utf8') === first.stdout, format).toBe(true);
    }
    const text = readFileSync(at('evidence-table/hours.csv'), 'utf8');
    expect(text.split('\n')).toHaveLength(50);
  });

  it('closes a year: a change needs a revision, which shows every delta', async () => {
    const dir = await stateWith(10);
    const own = ['report', '--year=2023', `--state.dir=${dir}`];
    expect((await runCommand([...own, '--close'])).code).toBe(0);
    expect((await runCommand(own)).code).toBe(0);
    const twice = await runCommand([...own, '--close']);
    expect([twice.code, twice.stderr]).toEqual([1, expect.stringContaining('closed at revision 1 already')]);

    await stateWith(3);
    const changed = await runCommand(own);
    expect(changed.code).toBe(1);
    expect(changed.stderr).toContain('a closed year changes only with a new revision; add --revision 2');
    const second = await runCommand([...own, '--revision=2', '--close', `--evidence=${at('e')}`]);
    expect(second.stderr).toBe('');
    expect(second.stdout).toMatch(
      /Changes since the last revision\n[\s\S]*\+3 kWh +IT energy, measured\n +10\.0 kWh, now 13\.0 kWh/,
    );
    const kept = ['2023-1.json', '2023-1.json.sha256', '2023-2.json', '2023-2.json.sha256'];
    expect(readdirSync(join(dir, 'statements')).sort()).toEqual(kept);
    expect((await runCommand(own)).stdout).toContain('revision 2');
    // The evidence holds what was closed before: the deltas come out again.
    expect((await runCommand(['report', `--from-evidence=${at('e')}`])).stdout).toBe(second.stdout);
  });

  it('refuses what cannot be, and says what to do', async () => {
    const refusal = async (...flags: string[]) => {
      const { code, stdout, stderr } = await runCommand(['report', ...flags]);
      expect(stdout).toBe('');
      return `${code} ${stderr}`;
    };
    expect(await refusal('--no-hours')).toContain('64 negawatt: name the year');
    expect(await refusal('--year=2024', EXAMPLE[1]!, '--no-hours')).toMatch(
      /^64 .*is of 2023 and --year says 2024/,
    );
    expect(await refusal('--year=2023', `--state.dir=${at('none')}`)).toMatch(
      /^1 .*no state\.db.*--no-hours/,
    );
    expect(await refusal(`--from-evidence=${at('none')}`)).toContain('1 negawatt:');
    expect(await refusal('--from-evidence=x', '--year=2023')).toMatch(/^64 .*cannot be used with/);
    expect(await refusal('--year=2100', '--no-hours', '--close')).toMatch(/^1 .*2100 is not over/);
    writeFileSync(
      at('a.yaml'),
      'year: 2023\nboundary: {entity: E, approach: operational_control}\nenergy:\n  - {site: s, zone: Guangdong, quantity: 1 kWh, quality: measured, document: d}\n',
    );
    const zone = await refusal('--year=2023', `--activity=${at('a.yaml')}`, '--no-hours');
    expect(zone).toMatch(/^1 .*\n.*energy of s: grid zone "Guangdong" is not among/);
    expect(zone).toContain('CN-GD');
  });
});
