import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { equivalencesOf } from '../../../src/carbon/statement-equivalences.ts';
import { makeStatement } from '../../../src/carbon/statement-make.ts';
import { STATEMENT_FORMATS, writeStatement } from '../../../src/exporters/statement.ts';
import { readEvidence, sha256, writeEvidence } from '../../../src/exporters/statement-evidence.ts';
import type { HourlyEnergy } from '../../../src/model/state.ts';
import { joules } from '../../../src/units.ts';
import { activityWith, exampleActivity, inputOf, made } from '../../fixtures/statement.ts';

const whole = await exampleActivity('inventory.yaml');
const statement = made(whole);
const comparisons = equivalencesOf(statement, whole.equivalences);
const equivalences = comparisons.ok ? comparisons.equivalences : [];

describe('every form of the statement', () => {
  it('opens with the coverage, before any tonne', async () => {
    for (const format of STATEMENT_FORMATS) {
      const text = await writeStatement(statement, format, []);
      const at = (what: string): number => text.indexOf(what);
      expect(at('Hosts expected'), format).toBeGreaterThan(0);
      expect(at('Hosts expected'), format).toBeLessThan(at('Hosts reporting'));
      expect(at('Hours covered'), format).toBeLessThan(at('Scope 1'));
    }
  });

  it('speaks of one host as one, to people', async () => {
    const { boundary } = activityWith({});
    const alone = made(activityWith({ boundary: { ...boundary, hosts: 1 } }));
    for (const format of ['table', 'md', 'html'] as const) {
      const text = (await writeStatement(alone, format, []))
        .replace(/<[^>]*>|[\s|]+/g, ' ')
        .replace(/ +/g, ' ');
      expect(text, format).toMatch(/\b1 host Hosts expected|Hosts expected 1 host\b/);
      expect(text, format).not.toMatch(/\b1 (hosts|host-hours|hours|days|entries|files)\b/);
    }
    expect(await writeStatement(alone, 'csv', [])).toMatch(/,Hosts expected,figure,1,hosts,/);
  });

  it('has the same bytes each time', async () => {
    for (const format of STATEMENT_FORMATS)
      expect(await writeStatement(made(whole), format, equivalences)).toBe(
        await writeStatement(statement, format, equivalences),
      );
  });

  it('has the comparisons on paper alone, each with its constant', async () => {
    expect(equivalences).toHaveLength(1);
    for (const format of ['table', 'md', 'html'] as const) {
      expect((await writeStatement(statement, format, equivalences)).replace(/\s+/g, ' '), format).toContain(
        'constant: 2.436 t',
      );
      expect(await writeStatement(statement, format, []), format).not.toContain('2.436');
    }
    for (const format of ['json', 'csv'] as const)
      expect(await writeStatement(statement, format, equivalences), format).not.toContain('2.436');
  });

  it('leaves the value of what is not known empty, in CSV too', async () => {
    const rows = (await writeStatement(made(activityWith({})), 'csv', [])).split('\r\n');
    const [, , , , , , kind, value] = rows.find((row) => row.includes(',scope2.location,'))!.split(',');
    // The label holds a comma and is quoted: kind and value are one cell further on.
    expect([kind, value]).toEqual(['gap', '']);
  });
});

describe('text of others', () => {
  const nasty = '<script>alert(1)</script> | `x` \u001b[31m \u202e"&';
  const foreign = made({ ...whole, boundary: { ...whole.boundary, entity: nasty, exclusions: [nasty] } });

  it('never becomes markup in HTML, and the page loads and runs nothing', async () => {
    const page = await writeStatement(foreign, 'html', []);
    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).not.toMatch(/(src|href)=|url\(|@import/);
    expect(page).toContain(`default-src 'none'`);
  });

  it('never steers a terminal and never adds a cell to a table', async () => {
    for (const format of ['table', 'md', 'html'] as const)
      expect(await writeStatement(foreign, format, []), format).not.toMatch(/\p{Cf}|(?!\n)\p{Cc}/u);
    const page = await writeStatement(foreign, 'md', []);
    for (const row of page.split('\n').filter((line) => line.startsWith('| ')))
      expect(row.match(/(?<!\\)\|/g), row).toHaveLength(5);
    expect(page).not.toContain('<script');
  });
});

describe('evidence', () => {
  let base: string;
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'negawatt-evidence-'));
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));

  const hours: readonly HourlyEnergy[] = [
    { hour: Date.UTC(2023, 5) / 1000, gridZone: 'CN-GD', energy: joules(1234.56789), quality: 'measured' },
    { hour: Date.UTC(2023, 6) / 1000, gridZone: '', energy: joules(0.1 + 0.2) },
  ];
  const { hash, ...input } = inputOf({ ...whole, boundary: { ...whole.boundary, hosts: 501 } }, { hours });

  it('gives the same input back, and from it the same bytes in every form', async () => {
    const dir = join(base, 'e');
    expect(
      writeEvidence(dir, { input, asked: { format: 'html', equivalences: true } }, { 'config.json': '{}\n' })
        .found,
    ).toBe(true);
    const read = readEvidence(dir);
    if (!read.found) throw new Error(read.reason);
    expect(read.value.asked).toEqual({ format: 'html', equivalences: true });
    const [first, again] = [
      makeStatement({ ...input, hash }),
      makeStatement({ ...read.value.input, hash: sha256 }),
    ];
    if (!first.ok || !again.ok) throw new Error('refused');
    for (const format of STATEMENT_FORMATS)
      expect(await writeStatement(again.statement, format, [])).toBe(
        await writeStatement(first.statement, format, []),
      );
  });

  it('holds hours and factor rows with their sources in files that people can read', () => {
    const dir = join(base, 'e');
    writeEvidence(dir, { input, asked: { format: 'table', equivalences: false } }, {});
    expect(readFileSync(join(dir, 'hours.csv'), 'utf8')).toContain(
      '2023-06-01T00:00:00.000Z,CN-GD,1234.56789,measured,,,,\n',
    );
    expect(readFileSync(join(dir, 'factors.json'), 'utf8')).toContain('MEE and NBS Announcement 2025 No. 47');
    expect(readdirSync(dir).sort()).toEqual([
      'activity.json',
      'closed.json',
      'factors.json',
      'hours.csv',
      'manifest.json',
    ]);
  });

  it('that was changed afterwards is refused, by the name of the file', () => {
    const dir = join(base, 'e');
    writeEvidence(dir, { input, asked: { format: 'table', equivalences: false } }, {});
    const path = join(dir, 'hours.csv');
    writeFileSync(path, readFileSync(path, 'utf8').replace('1234', '1134'));
    const read = readEvidence(dir);
    expect(read.found ? '' : read.reason).toContain('hours.csv is not the file that was written');
  });

  it('never overwrites a directory that holds something', () => {
    writeFileSync(join(base, 'mine.txt'), 'x');
    const wrote = writeEvidence(base, { input, asked: { format: 'table', equivalences: false } }, {});
    expect(wrote.found ? '' : wrote.reason).toContain('is not empty');
    expect(readdirSync(base)).toEqual(['mine.txt']);
  });
});
