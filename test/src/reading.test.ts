/** What is read in a process of its own is what would be read here, and the process does not stay. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { type ConfigInput, loadConfig } from '../../src/config/load.ts';
import { exampleOf } from '../../src/config/meaning.ts';
import { loadWebFile } from '../../src/config/web-file.ts';
import { readZoneRows } from '../../src/grid/zone-rows.ts';
import { readApart, readConfig, readWebFile } from '../../src/reading.ts';
import { readServerSheets } from '../../src/sources/server-sheets.ts';
import { noCertificates, selfSigned } from '../fixtures/certificate.ts';

const HASH = '$2b$04$abcdefghijklmnopqrstuuGFFaxEh4UG8vfMZ6QDFn9RAIhsTbm3u';

const directory = mkdtempSync(join(tmpdir(), 'negawatt-reading-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};

const EVERY_KIND = `
host: {name: node-17, labels: {pool: batch}}
energy: {floors: {package-0: 38.5}, calibration: {package-0: 1.04}}
classes:
  - {class: online, namespace: [shop, 'pay-*'], labels: {tier: front}}
sources:
  model: {curve: [{load: 0, watts: 100}, {load: 1, watts: 360}]}
  custom: {meters: [{name: pdu, domain: wall, unit: W, file: /tmp/pdu, interval: 10s}]}
site:
  pue: 1.2
grid:
  zone: DE
  providers: [{name: file, zone: DE, path: /tmp/grid.csv, basis: direct, gases: CO2e, interval: 15m, source: me, licence: CC0}]
work: {scrape: [{url: 'http://127.0.0.1:1/metrics', metric: served_total, unit: requests}]}
`;

describe('the process that reads', () => {
  const children = (): number =>
    readFileSync('/proc/thread-self/children', 'utf8').split(' ').filter(Boolean).length;

  it('ends when nobody asks any more, and whoever asks then gets another', async () => {
    await expect.poll(children, { timeout: 5000 }).toBe(0);
    for (let time = 0; time < 2; time++) {
      expect((await readConfig({ file: 'config/quickstart.yaml' })).ok).toBe(true);
      expect(children()).toBe(1);
      await expect.poll(children, { timeout: 5000 }).toBe(0);
    }
  });

  it('answers each who asks at once with what he asked for', async () => {
    const zones = ['DE', 'FR', 'CN-GD', 'PL'];
    const asked = await Promise.all([
      ...zones.map((zone) =>
        readApart('zoneRows', { directory: 'config/factors', userFiles: [], zone }).then(
          ({ entry }) => entry?.found === true && entry.value.zone,
        ),
      ),
      readConfig({ file: 'config/quickstart.yaml' }).then(({ ok }) => ok),
    ]);
    expect(asked).toEqual([...zones, true]);
  });
});

describe('a file that takes more memory than the process may have', () => {
  it('is refused with its name and what to do, and the next file is read', async () => {
    const dense = file('dense.yaml', `classes: [${'[],'.repeat(349_000)}[]]\n`);
    expect(await readConfig({ file: dense })).toEqual({
      ok: false,
      problems: [
        { place: dense, what: 'takes more than 128 MB to read: make it smaller or less deeply nested' },
      ],
    });
    expect((await readConfig({ file: 'config/quickstart.yaml' })).ok).toBe(true);
  }, 30_000);
});

describe('a file that never answers', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    ['a configuration', (pipe: string) => readConfig({ file: pipe })],
    ['a web configuration', readWebFile],
  ])(
    '%s: is given up after a minute with what to look for, and the next file is read',
    async (what, read) => {
      const pipe = join(directory, what.replaceAll(' ', '-'));
      execFileSync('mkfifo', [pipe]);
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const reading = read(pipe);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(await reading).toMatchObject({
        ok: false,
        problems: [{ place: pipe, what: expect.stringContaining('not read within 60 s: is it') }],
      });
      vi.useRealTimers();
      expect((await readConfig({ file: 'config/quickstart.yaml' })).ok).toBe(true);
    },
  );
});

describe('a configuration that another process reads', () => {
  const inputs: Record<string, () => ConfigInput> = {
    'nothing at all': () => ({}),
    'the quickstart': () => ({ file: 'config/quickstart.yaml' }),
    'all keys with their defaults': () => ({ file: 'config/negawatt.yaml' }),
    'lists, mappings and text that become other things': () => ({ file: file('every.yaml', EVERY_KIND) }),
    'the environment and flags': () => ({
      env: { NEGAWATT_GRID_ZONE: 'FR', NEGAWATT_GRID_ZONES: 'FR', NEGAWATT_HOST_LABELS: 'a=1,b=2' },
      flags: { 'sampling.interval': '2s', 'no-source.rapl': true },
    }),
    'mistakes in a file': () => ({
      file: file('bad.yaml', 'sampling: {interval: fast}\ngird: {zone: DE}\nweb: {max_requests: -1}\n'),
    }),
    'a file that is no YAML': () => ({ file: file('worse.yaml', 'a: [1\nb: }') }),
    'no such file': () => ({ file: join(directory, 'none.yaml') }),
    'mistakes in flags and environment': () => ({
      env: { NEGAWATT_SAMPLING_INTERVAL: '1h' },
      flags: { 'grid.zonne': 'DE' },
    }),
  };
  it.each(Object.keys(inputs))('%s: is what this process reads, word for word', async (name) => {
    const input = inputs[name]?.() ?? {};
    const here = await loadConfig(input);
    const { example, ...apart } = { example: undefined, ...(await readConfig(input)) };
    expect(apart).toEqual(here);
    expect(apart.ok).toBe(!/mistakes|no such|no YAML/.test(name));
    if (here.ok) expect(example).toBe(exampleOf(here.config));
  });

  it('cannot be changed by anybody, as one that is read here', async () => {
    const read = await readConfig({ file: file('every.yaml', EVERY_KIND) });
    if (!read.ok) throw new Error(JSON.stringify(read.problems));
    const { config } = read;
    for (const part of [config, config.grid, config.classes, config.classes[0], config.sources.model.curve])
      expect(Object.isFrozen(part)).toBe(true);
  });
});

describe.skipIf(noCertificates !== undefined)('a web-config file that another process reads', () => {
  it('is what this process reads, certificate, key and users included', async () => {
    const { cert, key } = selfSigned();
    file('cert.pem', cert);
    chmodSync(file('key.pem', key), 0o600);
    const good = `tls_server_config: {cert_file: cert.pem, key_file: key.pem}\nbasic_auth_users: {ann: "${HASH}"}\n`;
    for (const text of [good, 'tls_server_config: {cert_file: none.pem}\n', 'a: [1']) {
      const path = file('web.yaml', text);
      const read = await readApart('webFile', path);
      expect(read).toEqual(await loadWebFile(path));
      expect(read.ok).toBe(text === good);
    }
  });
});

describe('tables that another process reads', () => {
  const factors = { directory: 'config/factors', userFiles: [] };

  it('give the rows of a zone, or the words why there are none, as this process would', async () => {
    for (const zone of ['DE', 'CN-GD', 'Germny', undefined])
      expect(await readApart('zoneRows', { ...factors, zone })).toEqual(
        await readZoneRows({ ...factors, zone }),
      );
    const sheets = await readApart('serverSheets', 'config/hardware');
    expect(sheets).toEqual(await readServerSheets('config/hardware'));
    expect(sheets.found).toBe(true);
    expect(await readApart('serverSheets', directory)).toEqual(await readServerSheets(directory));
  });

  it('are refused in the same words', async () => {
    const own = file('own.yaml', '- {zone: DE, valu: 5}\n');
    const question = { ...factors, userFiles: [own], zone: 'DE' };
    const why = await readZoneRows(question).catch((error: Error) => error.message);
    expect(why).toContain(own);
    await expect(readApart('zoneRows', question)).rejects.toThrow(new Error(String(why)));
  });
});
