import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGridEntries, GRID_KINDS } from '../../src/grid/index.ts';
import type { ProviderOptions } from '../../src/grid/provider.ts';
import { type GridAnswer, GridError, type GridProvider } from '../../src/model/grid.ts';
import type { GridCase, Plays, Variant } from '../fixtures/grid-case.ts';
import { GRID_CASES } from '../fixtures/grid-cases.ts';
import { bomb, brokenOff, drip, gigabyte, html, silent } from '../fixtures/grid-faults.ts';
import { type GridServer, gridErrorOf, type Play, startGrid, untouched } from '../fixtures/grid-server.ts';

const KINDS = GRID_KINDS;
let server: GridServer | undefined;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'negawatt-grid-'));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(folder, { recursive: true });
});

/** The provider as the agent makes it from a checked configuration, its key in a file. */
const open = async (one: GridCase, plays: Plays): Promise<GridProvider> => {
  let url = `${folder}/`;
  if (one.network) {
    server = await startGrid(plays);
    url = server.url;
  } else {
    for (const [name, play] of Object.entries(plays))
      if (typeof play !== 'function') writeFileSync(join(folder, name), String(play.body));
  }
  const kind = KINDS.find(({ name }) => name === one.kind);
  if (kind === undefined) throw new Error(`no kind ${one.kind}`);
  const options = kind.options.parse({
    ...one.options(url),
    ...('timeout' in kind.options.shape ? { timeout: 1 } : {}),
  });
  const key_file = join(folder, 'key');
  if (one.key !== undefined) writeFileSync(key_file, `${one.key}\n`, { mode: 0o600 });
  const entry = {
    ...options,
    name: one.kind,
    ...(one.key === undefined ? {} : { key_file }),
  } as ProviderOptions;
  const [made] = createGridEntries([entry], {});
  if (made === undefined) throw new Error('nothing was made');
  return made.provider;
};
const everywhere = (one: GridCase, play: Play): Plays =>
  Object.fromEntries(Object.keys(one.good).map((path) => [path, play]));

/** Words of an error without a key, a part of one, or a query. */
const clean = (one: GridCase, error: GridError): GridError => {
  const words = [error.message, error.fix, error.stack, String(error.cause)].join(' ');
  const secrets = [
    one.key,
    ...(one.key?.split(':') ?? []),
    one.key && encodeURIComponent(one.key),
    'in-the-query',
  ];
  for (const secret of secrets) if (secret) expect(words).not.toContain(secret);
  expect(words).not.toMatch(/[?&][a-z]+=/i);
  expect(error.message).not.toMatch(/\p{Cc}/u);
  expect(error.message.length).toBeLessThan(700);
  return error;
};
const sound = ({ readings, forecast }: GridAnswer, now: number): void => {
  for (const list of [readings, forecast?.readings ?? []]) {
    let last = Number.NEGATIVE_INFINITY;
    for (const { from, to, value } of list) {
      expect(Number.isFinite(value)).toBe(true);
      expect(from).toBeGreaterThanOrEqual(last);
      expect(to).toBeGreaterThan(from);
      last = to;
    }
  }
  for (const { from } of readings) expect(from).toBeLessThanOrEqual(now);
};

it('every kind of provider is tested here', () => {
  expect(GRID_CASES.map(({ kind }) => kind).toSorted()).toEqual(KINDS.map(({ name }) => name).toSorted());
});

describe.each(GRID_CASES)('the provider $kind', (one) => {
  const ask = async (plays: Plays) => (await open(one, plays)).ask(one.now, untouched());
  const failure = async (play: Play) => clean(one, await gridErrorOf(ask(everywhere(one, play))));

  it('says what it is and how often there is news', async () => {
    const provider = await open(one, one.good);
    expect(provider.name).toBe(one.kind);
    expect(provider.label).toMatch(/^\P{Cc}{3,200}$/u);
    expect(provider.label).not.toContain('in-the-query');
    expect(provider.period).toBeGreaterThanOrEqual(30);
  });

  it('tells readings in g/kWh with all that a figure must carry', async () => {
    const answer = await ask(one.good);
    sound(answer, one.now);
    expect(answer.series).toMatchObject(one.expected.series);
    for (const field of [
      'provider',
      'zone',
      'signal',
      'basis',
      'gases',
      'gwp',
      'boundary',
      'source',
      'licence',
    ] as const)
      expect(answer.series[field]).toMatch(/\S/);
    expect(answer.series.signal === 'marginal').toBe(answer.series.basis === 'marginal');
    expect(answer.readings.length).toBe(one.expected.readings.length);
    answer.readings.forEach((reading, index) => {
      const { value, ...rest } = one.expected.readings[index]!;
      expect(reading).toMatchObject(rest);
      expect(reading.value).toBeCloseTo(value, 7);
    });
    const foretold = answer.forecast?.readings.map(({ value }) => value);
    if (one.expected.forecast === undefined) expect(foretold).toBeUndefined();
    else expect(foretold).toEqual(one.expected.forecast.map((value) => expect.closeTo(value, 7)));
    expect(answer.forecast?.generatedAt ?? one.now).toBeLessThanOrEqual(one.now);
  });

  it('answers the same twice', async () => {
    const provider = await open(one, one.good);
    expect(await provider.ask(one.now, untouched())).toEqual(await provider.ask(one.now, untouched()));
  });

  it.each(Object.keys(one.variants) as Variant[])(
    'takes an answer with %s for what it is',
    async (variant) => {
      const { plays, values } = one.variants[variant]!;
      const answer = await ask({ ...one.good, ...plays }).catch((error: unknown) => error);
      if (answer instanceof GridError) {
        expect(values).toEqual([]);
        clean(one, answer);
        return;
      }
      sound(answer as GridAnswer, one.now);
      expect((answer as GridAnswer).readings.map(({ value }) => value)).toEqual(
        values.map((value) => expect.closeTo(value, 7)),
      );
    },
  );

  it.runIf(one.key !== undefined)('says which key file is missing and asks nobody', async () => {
    const provider = await open(one, one.good);
    rmSync(join(folder, 'key'));
    const error = clean(one, await gridErrorOf(provider.ask(one.now, untouched())));
    expect(error).toMatchObject({ kind: 'refused', message: expect.stringContaining('/key cannot be read') });
    expect(await provider.renewed?.()).toBe(false);
    writeFileSync(join(folder, 'key'), one.key ?? '', { mode: 0o600 });
    expect(await provider.renewed?.()).toBe(true);
    expect((await provider.ask(one.now, untouched())).readings.length).toBe(one.expected.readings.length);
  });

  describe.runIf(one.network)('over the network', () => {
    it.each([
      [401, 'refused'],
      [403, 'refused'],
      [404, 'unknown'],
      [500, 'failed'],
    ])('status %i is %s', async (status, kind) => {
      // The provider repeats what it was sent: nothing of that may come through.
      const play: Play = (url, request) => ({
        status,
        body: { message: `no: ${url.href} ${JSON.stringify(request.headers)} ${one.key}` },
      });
      const error = await failure(play);
      expect(error.kind).toBe(kind);
      expect(error.fix).not.toBe('');
    });

    it.each([
      ['in seconds', { 'retry-after': '240' }],
      [
        'as a date',
        { date: 'Mon, 23 Nov 2026 12:00:00 GMT', 'retry-after': 'Mon, 23 Nov 2026 12:04:00 GMT' },
      ],
    ])('status 429 is busy for as long as it says %s', async (_, headers) => {
      expect(await failure({ status: 429, headers, body: {} })).toMatchObject({
        kind: 'busy',
        retryAfter: 240,
      });
    });

    it.each([
      ['a gigabyte', gigabyte().play],
      ['a gigabyte in a megabyte of gzip', bomb],
      ['a page of HTML', html],
      ['a slow drip', drip],
      ['silence', silent],
      ['half an answer', brokenOff],
      ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' }],
      ['an empty list', { body: [] }],
      ['an empty object', { body: {} }],
      ['null', { body: 'null' }],
      ['text', { body: 'oops' }],
      ['nothing', { body: '', headers: { 'content-length': '0' } }],
    ] satisfies readonly (readonly [string, Play])[])('%s is no answer', async (name, play) => {
      if (one.noData?.includes(name)) {
        const { readings, notes } = await ask(everywhere(one, play));
        expect(readings).toEqual([]);
        expect(notes.join()).toMatch(/no data/);
        return;
      }
      expect(['failed', 'unknown']).toContain((await failure(play)).kind);
    });

    it('a clock that is ten minutes off is told', async () => {
      const date = new Date(Date.now() - 600_000).toUTCString();
      const plays = Object.entries(one.good).map(([path, play]): [string, Play] => [
        path,
        typeof play === 'function' ? play : { ...play, headers: { ...play.headers, date } },
      ]);
      const { notes } = await ask(Object.fromEntries(plays));
      expect(notes.join()).toMatch(/clock .* 10 min behind/);
    });

    it('ends soon after it is called off', async () => {
      const provider = await open(one, everywhere(one, silent));
      const abort = new AbortController();
      const asked = gridErrorOf(provider.ask(one.now, abort.signal));
      setTimeout(() => abort.abort(), 20);
      expect((await asked).message).toMatch(/called off/);
    });

    it.runIf(one.key !== undefined && one.keyInQuery !== true)(
      'never sends its key where the address shows it',
      async () => {
        await ask(one.good);
        expect(server?.asked).not.toEqual([]);
        for (const url of server?.asked ?? []) {
          for (const part of one.key?.split(':') ?? [])
            expect(decodeURIComponent(url.href)).not.toContain(part);
        }
      },
    );
  });
});
