import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lastMonday, makePast } from '../../agent/demo-past.ts';
import { verdictsOf } from '../../agent/demo-verdicts.ts';
import { MEASURES } from '../../src/lab/story.ts';
import type { KeptReport, MeasureStanding } from '../../src/savings/standing.ts';
import { readStanding } from '../../src/store/standings.ts';

/** Monday, 1 June 2026, 00:00 UTC. */
const END = 1_780_272_000;
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const named = (name: string) => {
  const found = MEASURES.find((one) => one.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};

/** Smaller than the demo: one host a measure, and two weeks before and after. */
const small = (names: readonly string[]) =>
  names.map((name) => ({ ...named(name), hosts: 1, before: 14, report: 14 }));

const reportsOf = async (names: readonly string[], withoutEffects = false) => {
  const directory = mkdtempSync(join(tmpdir(), 'negawatt-story-'));
  folders.push(directory);
  const progress = { tell: () => {}, end: () => {} };
  const { signal } = new AbortController();
  const past = await makePast({
    ...{ directory, seed: 'test', end: END, measures: small(names), withoutEffects },
    ...{ progress, signal },
  });
  expect((await verdictsOf(past, progress, signal)).map(({ name }) => name)).toEqual(names);
  return { directory, of: (name: string) => standingOf(past.state, name) };
};

/** What the demo leaves of a measure. */
const standingOf = (state: string, name: string): MeasureStanding & { readonly report: KeptReport } => {
  const kept = readStanding(state, name);
  if (!kept.found || kept.value.report === undefined) throw new Error(`no report of ${name}`);
  return { ...kept.value, report: kept.value.report };
};

describe('verdicts of the simulated fleet', { timeout: 120_000 }, () => {
  let real: Awaited<ReturnType<typeof reportsOf>>;
  beforeAll(async () => {
    real = await reportsOf(['autoscaler', 'tracing', 'image-cache']);
  }, 120_000);

  it('are earned by what the hosts used: without the effects they are gone', async () => {
    const names = ['autoscaler', 'tracing'];
    expect(real.of('autoscaler').report.outcome).toMatchObject({ verdict: 'verified', grade: 'A' });
    expect(real.of('tracing').report.outcome).toMatchObject({ verdict: 'increase', grade: 'A' });
    const none = await reportsOf(names, true);
    for (const name of names) {
      const { verdict, fraction } = none.of(name).report.outcome;
      expect(['not_verified', 'indicative'], name).toContain(verdict);
      expect(Math.abs(fraction ?? 1), name).toBeLessThan(0.01);
    }
    expect(none.of('tracing').report.outcome.verdict).not.toBe('increase');
    expect(none.of('autoscaler').report.outcome.verdict).not.toBe('verified');
  });

  it('rest on plans that were recorded before their start, on the clock of the fleet', () => {
    const { of, directory } = real;
    const { registration, plan } = of('autoscaler');
    expect(plan.start - (registration.frozenAt ?? 0)).toBe(7 * 86_400);
    expect(registration.hashNow).toBe(registration.hashAtStart);
    const [line = ''] = readFileSync(join(directory, 'state/measures/autoscaler.jsonl'), 'utf8').split('\n');
    expect(JSON.parse(line)).toMatchObject({ at: registration.frozenAt, sha256: registration.hashAtStart });
  });

  it('call less work no saving', () => {
    const { report } = real.of('image-cache');
    expect(report.after.energy).toBeLessThan(0.95 * report.before.energy);
    expect(['verified', 'indicative']).not.toContain(report.outcome.verdict);
  });
});

describe('the week that the story ends in', () => {
  it('is the last that is over, whatever day it is', () => {
    for (const [now, monday] of [
      ['2026-06-01T00:00:00Z', '2026-06-01'],
      ['2026-06-03T12:00:00Z', '2026-06-01'],
      ['2026-06-07T23:59:59Z', '2026-06-01'],
      ['2026-06-08T00:00:00Z', '2026-06-08'],
    ] as const)
      expect(lastMonday(Date.parse(now)) * 1000).toBe(Date.parse(monday));
  });
});
