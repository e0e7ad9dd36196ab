import { beforeAll, describe, expect, it } from 'vitest';
import type { Statement } from '../../../src/carbon/statement.ts';
import { claimLines } from '../../../src/carbon/statement-claims.ts';
import { figureOf } from '../../../src/carbon/statement-figures.ts';
import { exampleActivity, figureAt, lineOf, made } from '../../fixtures/statement.ts';

let statement: Statement;
beforeAll(async () => {
  statement = made(await exampleActivity('inventory-2022.yaml'));
});
const claim = (name: string, digits: number): readonly [value: string, verdict: string | undefined] => {
  const id = `claims.${name}`;
  return [figureAt(statement, id).toFixed(digits), lineOf(statement, id).verdict];
};
const noteOf = (name: string): string => lineOf(statement, `claims.${name}`).note ?? '';

describe('the published example of 2022', () => {
  it('81 % holds, with both operands beside it', () => {
    expect(claim('reductions', 2)).toEqual(['81.13', 'holds']);
    expect(noteOf('reductions')).toContain('68,665.35 t / 37,909.87 t - 1, a difference of +30,755.48 t');
  });

  it('110 % does not follow: +106.7 %, inside the rounding range, and what it would need', () => {
    expect(claim('green computing', 1)).toEqual(['106.7', 'does not follow']);
    expect(noteOf('green computing')).toContain('the stated 110 % does not follow');
    expect(noteOf('green computing')).toContain('inside the rounding range (+101.64 % to +111.86 %)');
    expect(noteOf('green computing')).toContain('it needs 63,000 t or 29,523.81 t');
    expect(claim('green computing, with the figure printed elsewhere', 1)).toEqual([
      '107.0',
      'does not follow',
    ]);
  });

  it('99 % of Scope 3 is consistent and not checkable: no Scope 3 total was published', () => {
    expect(claim('Scope 3 reductions', 0)).toEqual(['62626', 'not checkable']);
    expect(claim('Scope 3 reductions.rest', 0)).toEqual(['6039', 'not checkable']);
    expect(noteOf('Scope 3 reductions')).toContain('consistent, not checkable: no Scope 3 total');
  });

  it('says what follows and was not stated: shares, and that all other reductions fell', () => {
    expect(claim('share of green computing 2022', 1)).toEqual(['90.3', 'follows']);
    expect(claim('share of green computing 2021', 1)).toEqual(['79.1', 'follows']);
    expect(claim('all other reductions', 1)).toEqual(['-15.7', 'follows']);
    expect(noteOf('all other reductions')).toContain('6,665.35 t / 7,909.87 t');
    expect(claim('credits beside reductions', 1)).toEqual(['30.7', 'follows']);
  });

  it('the cars hold with the total, and green computing alone is fewer', () => {
    expect(claim('cars', 2)).toEqual(['28187.75', 'holds']);
    expect(claim('cars of green computing alone', 0)).toEqual(['25452', 'follows']);
    expect(claim('cars 2021', 0)).toEqual(['15562', 'holds']);
  });

  it('tonnes as electricity depend on a factor that nobody stated', () => {
    const gigawattHours = (name: string): string =>
      (figureAt(statement, `claims.green computing as electricity, at the ${name}`) / 1e6).toFixed(1);
    expect(gigawattHours('grid factor of 2022')).toBe('115.5');
    expect(gigawattHours('trading factor of 2022')).toBe('108.7');
    expect(gigawattHours('trading factor of 2021')).toBe('106.7');
    expect((figureAt(statement, 'claims.mean power at least') / 1000).toFixed(1)).toBe('12.2');
    expect((figureAt(statement, 'claims.mean power at most') / 1000).toFixed(1)).toBe('13.2');
    expect(claim('one shopping festival', 1)).toEqual(['615.6', 'not checkable']);
    expect(noteOf('one shopping festival')).toContain('above all of 536.6 g/kWh');
  });

  it('lists 68,665.35 t and 62,000 t as stated, and credits that no line subtracts', () => {
    expect(figureAt(statement, 'reductions.all reductions, Scopes 1 to 3')).toBeCloseTo(68_665.35, 6);
    expect(figureAt(statement, 'reductions.green computing')).toBeCloseTo(62_000, 6);
    expect(figureAt(statement, 'reported.1')).toBeCloseTo(21_087.93, 6);
    expect(lineOf(statement, 'scope2.market').kind).toBe('gap');
  });
});

describe('a claim', () => {
  const figures = {
    a: { value: 62_000, unit: 't', document: 'd' },
    b: { value: 30_000, unit: 't', document: 'd' },
    rounded: { value: 62_000, unit: 't', rounded: 1000, document: 'd' },
    h: { value: 10, unit: 'h', document: 'd' },
    loop: { minus: ['loop', 'a'] },
  } as const;
  const of = (more: object) =>
    claimLines(
      { name: 'c', identity: 'change', of: 'a', to: 'b', sense: 'equal', against: [], ...more },
      figures,
    )[0]!;

  it('with exact operands has no rounding range to hide in', () => {
    const line = of({ stated: { value: 110, unit: '%', half: 0.5 } });
    expect(line.verdict).toBe('does not follow');
    expect(line.note).not.toContain('range');
  });

  it('outside of what rounding allows is said to be outside', () => {
    const line = of({ of: 'rounded', stated: { value: 150, unit: '%', half: 0.5 } });
    expect(line.note).toContain('it lies outside the rounding range (+105.00 % to +108.33 %)');
  });

  it('holds within half a step of its last digit, and no further', () => {
    expect(of({ stated: { value: 107, unit: '%', half: 0.5 } }).verdict).toBe('holds');
    expect(of({ stated: { value: 106.6, unit: '%', half: 0.05 } }).verdict).toBe('does not follow');
  });

  it('about figures that do not fit together is a gap that says why', () => {
    const reason = (line: ReturnType<typeof of>): string => (line.kind === 'gap' ? line.reason : '');
    expect(reason(of({ to: 'h' }))).toContain('t cannot be divided by h');
    expect(reason(of({ of: 'nothing' }))).toContain('no figure is called nothing');
    expect(reason(of({ of: 'loop' }))).toContain('worked out from itself');
    expect(figureOf('toString', figures).found).toBe(false);
  });
});
