/** Factors of another kind after a change than before it, in the hours that an agent kept: no CO2e, and it says why. */
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { FactorRow } from '../../src/model/factor.ts';
import { freshDirectory, runCommand } from '../fixtures/agent-process.ts';
import { ownHours, stateWithHours } from '../fixtures/own-hours.ts';
import { bookedFactor, hourRecord } from '../fixtures/usage.ts';

const directory = freshDirectory();
afterAll(() => directory.remove());
const DAY = 86_400;
const FROM = Date.UTC(2026, 2, 2) / 1000;
const CHANGE = FROM + 14 * DAY;
const TO = CHANGE + 14 * DAY;
const day = (at: number): string => new Date(at * 1000).toISOString().slice(0, 10);

/** What `compare` says of two weeks before and after a factor of another kind came into force. */
const compared = async (name: string, after: Partial<FactorRow>, ...flags: readonly string[]) => {
  const dir = join(directory.path, name);
  const of = (row: Partial<FactorRow>): string =>
    bookedFactor(`FR/${row.basis ?? 'direct'}/2023`, { year: 2023, ...row });
  const rows = ownHours(FROM, TO, (_, expected) => expected).map((row) => ({
    ...row,
    record: hourRecord(row.energy, {
      factor: row.start < CHANGE ? of({}) : of(after),
      ...{ gramsPerJoule: 5e-5, pue: 1, price: 0 },
    }),
  }));
  await stateWithHours(dir, rows);
  const windows = [`--before=${day(FROM)}/${day(CHANGE)}`, `--after=${day(CHANGE)}/${day(TO)}`];
  return runCommand(['compare', `--state.dir=${dir}`, ...windows, ...flags]);
};

describe("negawatt compare over the agent's own hours", () => {
  it('has CO2e of both sides where the factors are of one kind', async () => {
    const { code, stdout } = await compared('same', {});
    expect(code).toBe(0);
    expect(stdout).toMatch(/CO2e .*\d/);
    expect(stdout).not.toContain('CO2e is not compared');
  });

  it.each([
    ['basis', { basis: 'lifecycle' }, 'direct before the start and lifecycle after it'],
    [
      'edition',
      { yearKind: 'edition' },
      'years of generation before the start and years of publication after it',
    ],
    ['signal', { basis: 'marginal' }, 'average before the start and marginal after it'],
  ] as const)('refuses CO2e where the %s changed, and says so', async (name, after, words) => {
    const { code, stdout } = await compared(name, after, '--details');
    expect(code).toBe(0);
    expect(stdout).toContain(words);
    expect(stdout).toContain('CO2e is not compared');
    expect(stdout).not.toMatch(/^ *CO2e .*\d/m);
  });
});
