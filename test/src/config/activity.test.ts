import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadActivity } from '../../../src/config/activity.ts';
import { exampleActivity } from '../../fixtures/statement.ts';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'negawatt-activity-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const HEAD = 'year: 2023\nboundary: {entity: E, approach: operational_control}\n';
/** What is wrong with a file, without the folder in front of it. */
const problemsOf = async (text: string): Promise<readonly string[]> => {
  const path = join(base, 'a.yaml');
  writeFileSync(path, text);
  const loaded = await loadActivity(path);
  return loaded.ok
    ? []
    : loaded.problems.map(({ place, what }) => `${place.replace(`${base}/`, '')}: ${what}`);
};

describe('the activity file', () => {
  it('an unknown key is an error with its line and what was meant', async () => {
    expect(await problemsOf(`${HEAD}enrgy: []\n`)).toEqual([
      'a.yaml:3:1: enrgy is no key of the activity file; did you mean energy?',
    ]);
    const nested = `${HEAD}fuels:\n  - {site: a, fuel: diesel, regio: CN, quantity: 1 kg, document: d}\n`;
    expect(await problemsOf(nested)).toEqual([
      expect.stringMatching(/^a\.yaml:4:\d+: fuels\.1\.region is missing/),
      expect.stringMatching(/^a\.yaml:4:\d+: fuels\.1\.regio is no key .* did you mean region\?$/),
    ]);
  });

  it('a quantity without a unit, of another kind, or below 0 is an error that names the units', async () => {
    for (const quantity of ['1700', '5 kg', '"-3 kWh"', '"1,000 kWh"']) {
      const text = `${HEAD}energy:\n  - {site: a, zone: DE, quantity: ${quantity}, quality: measured, document: d}\n`;
      const problems = await problemsOf(text);
      expect(problems.join('\n'), quantity).toContain('one of Wh, kWh, MWh, GWh');
    }
    const [problem] = await problemsOf(
      `${HEAD}energy:\n  - {site: a, zone: DE, quantity: 5 kg, quality: measured, document: d}\n`,
    );
    expect(problem).toBe(
      'a.yaml:4:35: energy.1.quantity is "5 kg"; it must be a number from 0 and its unit, one of Wh, kWh, MWh, GWh, for example "1000 MWh"',
    );
  });

  it('says all that is wrong at once', async () => {
    const problems = await problemsOf('year: 1023\nboundary: {entity: E, approach: mine}\nx: 1\n');
    expect(problems).toHaveLength(3);
  });

  it('a span outside of the year, more hours than it has, and a PUE on facility energy are errors', async () => {
    const entry = (more: string): string =>
      `${HEAD}energy:\n  - {site: a, zone: DE, quantity: 1 kWh, quality: measured, document: d, ${more}}\n`;
    expect((await problemsOf(entry('from: 2022-12-01')))[0]).toContain('not inside of 2023');
    expect((await problemsOf(entry('hours: 9000')))[0]).toContain('has 8760 hours, not 9000');
    expect((await problemsOf(entry('of: facility, pue: {value: 1.2, kind: measured}')))[0]).toContain(
      'PUE is applied once',
    );
    expect((await problemsOf(entry('from: 2023-02-30')))[0]).toContain('a date such as');
  });

  it('equity share needs the share, and a share without that approach is an error', async () => {
    const head = (boundary: string): string => `year: 2023\nboundary: {entity: E, ${boundary}}\n`;
    const shares = 'shares:\n  - {site: a, share: 0.4, document: d}\n';
    expect(await problemsOf(`${head('approach: equity_share, share: 0.6')}${shares}`)).toEqual([]);
    expect((await problemsOf(head('approach: equity_share')))[0]).toContain(
      'boundary needs share with approach: equity_share',
    );
    expect(await problemsOf(`${head('approach: financial_control, share: 0.6')}${shares}`)).toEqual([
      expect.stringMatching(/boundary\.share is for approach: equity_share alone/),
      expect.stringMatching(/shares is for approach: equity_share alone/),
    ]);
    expect((await problemsOf(head('approach: equity_share, share: 60')))[0]).toContain(
      'it must be a number from 0 to 1',
    );
    const twice = `${head('approach: equity_share, share: 1')}${shares}  - {site: a, share: 0.5, document: d}\n`;
    expect((await problemsOf(twice))[0]).toContain('a stands twice');
  });

  it('names nothing net or neutral', async () => {
    const text = `${HEAD}reported:\n  - {name: net emissions, emissions: 1 t, document: d}\n`;
    expect((await problemsOf(text))[0]).toContain('nothing called net or neutral');
  });

  it('a target over both methods of Scope 2, and two measures of one name, are errors', async () => {
    const target = `${HEAD}targets:\n  - {name: t, covers: [scope2.location, scope2.market], base: {year: 2020, emissions: 1 t}, target: {year: 2030, emissions: 0 t}, document: d}\n`;
    expect((await problemsOf(target))[0]).toContain('never added');
    const measure = '  - {name: m, scope: all, emissions: 1 t, document: d}\n';
    expect((await problemsOf(`${HEAD}measures:\n${measure}${measure}`))[0]).toContain('m stands twice');
  });

  it('a claim about a figure that is not there names the near one', async () => {
    const text = `${HEAD}figures: {green: {value: 1 t, document: d}}\nclaims:\n  - {name: c, identity: quantity, of: gren}\n`;
    expect(await problemsOf(text)).toEqual([
      'a.yaml:5:5: claims.1 no figure is called gren; did you mean green?',
    ]);
  });

  it('a slip in a published figure names the field, not the three forms that a figure may have', async () => {
    expect(await problemsOf(`${HEAD}figures: {a: {valu: 1 t, document: d}}\n`)).toEqual([
      expect.stringMatching(/figures\.a\.value is missing/),
      expect.stringMatching(/figures\.a\.valu is no key .* did you mean value\?$/),
    ]);
  });

  it('reads quantities into base units', async () => {
    const activity = await exampleActivity('inventory.yaml');
    expect(activity.energy[0]?.quantity).toBe(1_000_000);
    expect(activity.refrigerants[0]?.kilograms).toBe(2);
    expect(activity.scope3[0]).toMatchObject({ emissions: 13_130_000, working: '10 x 1,313 kg' });
    expect(activity.instruments[0]).toMatchObject({ from: Date.UTC(2023, 0), to: Date.UTC(2024, 0) });
  });
});
