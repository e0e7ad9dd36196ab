import { describe, expect, it } from 'vitest';
import { linesOf } from '../../../src/carbon/statement.ts';
import { equivalencesOf } from '../../../src/carbon/statement-equivalences.ts';
import type { ClosedYear } from '../../../src/carbon/statement-input.ts';
import { grams, kilowattHours } from '../../../src/units.ts';
import { exampleActivity, figureAt, made, refusalsOf } from '../../fixtures/statement.ts';

const whole = await exampleActivity('inventory.yaml');
const changed = {
  ...whole,
  energy: whole.energy.map((one) => ({ ...one, quantity: kilowattHours(1_100_000) })),
};
const closed: ClosedYear = { year: 2023, revision: 1, lines: linesOf(made(whole)) };

describe('a closed year', () => {
  it('is made again unchanged under its revision', () => {
    expect(made(whole, { closed, made: { version: 'later', config: 'other' } }).deltas).toEqual([]);
  });

  it('refuses a change without a new revision, and says what changed and what to do', () => {
    const text = refusalsOf(changed, { closed });
    expect(text).toContain('2023 is closed at revision 1');
    expect(text).toContain('add --revision 2');
    expect(text).toContain('IT energy, measured: 1,000.000 MWh, now 1,100.000 MWh');
  });

  it('with the next revision shows the change of every line', () => {
    const { deltas, revision } = made(changed, { closed, revision: 2 });
    expect(revision).toBe(2);
    const location = deltas.find(({ id }) => id === 'scope2.location');
    expect(location).toMatchObject({ before: '552.375 t', after: '607.613 t' });
    expect(location?.change).toBeCloseTo(55.2375, 9);
  });

  it('skips no revision, and takes none for nothing', () => {
    expect(refusalsOf(changed, { closed, revision: 3 })).toContain('the next one is 2');
    expect(refusalsOf(whole, { closed, revision: 2 })).toContain('a new revision needs a change');
    expect(refusalsOf(whole, { revision: 2 })).toContain('its first revision is 1');
  });

  it('is what the next year is compared with', () => {
    const [from, to] = [Date.UTC(2024, 0), Date.UTC(2025, 0)];
    const energy = changed.energy.map((one) => ({ ...one, from, to }));
    const next = made({ ...changed, year: 2024, energy, previous: [], instruments: [] }, { before: closed });
    expect(figureAt(next, 'years.2023.scope2.location')).toBeCloseTo(10, 9);
    expect(figureAt(next, 'years.2023.grid')).toBeCloseTo(0, 9);
  });

  it('is not compared with a year whose factors count other gases or another basis: it says what changed', () => {
    const previous = [
      {
        year: 2022,
        location: grams(500e6),
        market: grams(400e6),
        terms: { location: { basis: 'direct', gases: 'CO2e' } },
        document: 'report of 2022',
      },
    ];
    const statement = made({ ...whole, previous });
    const line = statement.blocks
      .flatMap(({ lines }) => lines)
      .find(({ id }) => id === 'years.2022.scope2.location');
    expect(line).toMatchObject({
      kind: 'gap',
      reason: 'not compared: the gases changed from CO2e to CO2; report of 2022',
    });
    expect(
      figureAt(statement, 'years.2022.scope2.market'),
      'what does not say more is compared',
    ).toBeDefined();
  });
});

describe('two years', () => {
  const before = { year: 2022, location: grams(500e6), document: 'report of 2022' };
  const lineWith = (terms: object) =>
    made({ ...whole, previous: [{ ...before, terms: { location: terms } }] })
      .blocks.flatMap(({ lines }) => lines)
      .find(({ id }) => id === 'years.2022.scope2.location');
  const zone = whole.energy[0]!.zone;

  it('are not compared where one counts by year of generation and the other by year of publication', () => {
    expect(lineWith({ editions: { [zone]: 'data' } })).toMatchObject({ kind: 'figure' });
    expect(lineWith({ editions: { [zone]: 'edition' } })).toMatchObject({
      kind: 'gap',
      reason: `not compared: the edition of ${zone} changed from years of publication to years of generation; report of 2022`,
    });
  });

  it('are not compared where one was worked out by a marginal signal', () => {
    expect(lineWith({ signal: 'marginal' })).toMatchObject({
      kind: 'gap',
      reason: 'not compared: the signal changed from marginal to average; report of 2022',
    });
  });

  it('that were both closed here carry what they rest on from one to the next', () => {
    const rests = (id: string) => closed.lines.find((line) => line.id === id)?.terms;
    expect(rests('scope2.location')).toMatchObject({ signal: 'average' });
    expect(rests(`scope2.location.${zone}`)).toMatchObject({ edition: 'data', signal: 'average' });
    const lines = closed.lines.map((line) =>
      line.id === `scope2.location.${zone}`
        ? { ...line, terms: { ...line.terms, edition: 'fiscal' as const } }
        : line,
    );
    const [from, to] = [Date.UTC(2024, 0), Date.UTC(2025, 0)];
    const energy = whole.energy.map((one) => ({ ...one, from, to }));
    const next = made(
      { ...whole, year: 2024, energy, previous: [], instruments: [] },
      { before: { ...closed, lines } },
    );
    const line = linesOf(next).find(({ id }) => id === 'years.2023.scope2.location');
    expect(line).toMatchObject({ kind: 'gap', reason: expect.stringContaining('from fiscal years to') });
  });
});

describe('a total that lacks a part', () => {
  const previous = [{ year: 2022, location: grams(500e6), market: grams(400e6), document: 'report of 2022' }];
  const kindOf = (statement: ReturnType<typeof made>, id: string): string | undefined =>
    statement.blocks.flatMap(({ lines }) => lines).find((line) => line.id === id)?.kind;

  it('is compared with no other year: what is missing would pass for a reduction', () => {
    const [first] = whole.energy;
    const bare = {
      ...whole,
      previous,
      instruments: [],
      energy: [...whole.energy, { ...first!, site: 'b', zone: 'JP', hosts: undefined }],
    };
    expect(kindOf(made(bare), 'scope2.location'), 'it is shown, with what it leaves out').toBe('figure');
    expect(kindOf(made(bare), 'years.2022.scope2.location')).toBe('gap');
    const half = { ...whole, previous, energy: whole.energy.map((one) => ({ ...one, hours: 4000 })) };
    expect(kindOf(made(half), 'years.2022.scope2.location')).toBe('gap');
    expect(kindOf(made(half), 'years.2022.scope2.market')).toBe('gap');
  });

  it('is compared where nothing is missing, also in the year in which certificates are first bought', () => {
    const terms = { market: { basis: 'residual', gases: 'CO2' } };
    const statement = made({ ...whole, previous: [{ ...previous[0]!, terms }] });
    expect(kindOf(statement, 'years.2022.scope2.market')).toBe('figure');
  });

  it('of Scope 1 is not compared over other warming potentials', () => {
    const statement = made({
      ...whole,
      previous: [{ ...previous[0]!, scope1: grams(8e6), terms: { scope1: { gwp: 'AR4' } } }],
    });
    expect(kindOf(statement, 'years.2022.scope1')).toBe('gap');
  });
});

describe('an equivalence', () => {
  const statement = made(whole);
  const of = (line: string) =>
    equivalencesOf(statement, [
      { name: 'cars', unit: 'car', constant: grams(2.436e6), source: 'a source', year: 2023, of: line },
    ]);

  it('is of one line and has its constant, source and year beside it', () => {
    const result = of('scope2.location');
    expect(result.ok && result.equivalences[0]?.words).toBe(
      '552.375 t (Scope 2, location-based) / 2.436 t a car = 226.75 x car; constant: 2.436 t a car, a source (2023)',
    );
  });

  it('is refused for credits', () => {
    const result = of('credits.1');
    expect(result.ok ? '' : result.refusals[0]).toContain('credits have none');
  });
});
