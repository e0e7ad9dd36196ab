import { describe, expect, it } from 'vitest';
import { inForce } from '../../../src/carbon/vintage.ts';
import { row } from './rows.ts';

const years = (...all: number[]) => all.map((year) => row({ year, value: year - 1700 }));

describe('the row in force for a year', () => {
  it.each([
    { held: [2021, 2022, 2023], asked: 2022, taken: 2022, vintage: 'same' },
    { held: [2021, 2023], asked: 2022, taken: 2021, vintage: 'earlier' },
    { held: [2021, 2022, 2023], asked: 2026, taken: 2023, vintage: 'earlier' },
    { held: [2024, 2025], asked: 2022, taken: 2024, vintage: 'later' },
    { held: [2021], asked: 2025, taken: 2021, vintage: 'earlier' },
    { held: [2021], asked: 2026, taken: 2021, vintage: 'stale' },
    { held: [2025], asked: 2020, taken: 2025, vintage: 'stale' },
  ])('$asked, of $held, is $taken ($vintage)', ({ held, asked, taken, vintage }) => {
    const chosen = inForce(years(...held), asked);
    expect(chosen?.row.year).toBe(taken);
    expect(chosen?.vintage).toBe(vintage);
    expect(chosen?.row.value).toBe(taken - 1700); // One row as it stands, never a mean of two.
  });

  it('does not depend on the order in which rows are held', () => {
    expect(inForce(years(2023, 2021, 2022), 2022)).toEqual(inForce(years(2022, 2023, 2021), 2022));
  });

  it('does not take an edition of the year for data of the year', () => {
    const chosen = inForce([row({ year: 2025, yearKind: 'edition', value: 177 }), row({ year: 2024 })], 2025);
    expect(chosen).toMatchObject({ row: { year: 2024, yearKind: 'data' }, vintage: 'earlier' });
  });

  it('is an edition where the zone has editions alone', () => {
    const editions = [2024, 2025, 2026].map((year) => row({ zone: 'GB', year, yearKind: 'edition' }));
    expect(inForce(editions, 2025)).toMatchObject({ row: { year: 2025 }, vintage: 'same' });
  });

  it('is none where none is held', () => {
    expect(inForce([], 2025)).toBeUndefined();
  });
});
