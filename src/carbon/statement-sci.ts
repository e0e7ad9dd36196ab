import type { WorkOfRecord } from '../model/hour-of-record.ts';
import type { Score } from '../model/hour-record.ts';
import { sum, toKilowattHours } from '../units.ts';
import { sciOf } from './sci.ts';
import { figureLine, gapLine, type Line } from './statement.ts';
import type { FactorDesk } from './statement-factors.ts';
import { isOfYear, type StatementInput } from './statement-input.ts';
import { energyWords, listed, number, plain } from './statement-words.ts';

/**
 * Scores of the year (ISO/IEC 21031): sums over the time in which work, energy, a location-based factor and the share of
 * the hardware were all known, a line a class and unit. Instruments and credits have no place in it.
 */
export const sciLines = (
  { activity, work }: Pick<StatementInput, 'activity' | 'work'>,
  desk: FactorDesk,
): readonly Line[] => {
  const groups = new Map<string, WorkOfRecord[]>();
  for (const row of work.filter(isOfYear(activity.year)).sort((a, b) => a.hour - b.hour)) {
    const key = `${row.scope === 'host' ? '' : `class ${row.name}`}\n${row.unit}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  const isScored = (rows: readonly WorkOfRecord[]): boolean => rows.some(({ scores }) => scores.length > 0);
  const all = [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
  // The host's row holds the work of all its classes: alone it has a score where work is counted for the whole host.
  const told = all.filter(
    ([key, rows]) =>
      !key.startsWith('\n') || isScored(rows) || !all.some(([other]) => other.endsWith(key) && other !== key),
  );
  return told.map(([, rows]) => lineOf(rows, desk));
};

const lineOf = (rows: readonly WorkOfRecord[], desk: FactorDesk): Line => {
  const [first] = rows;
  const { scope = 'host', name = '', unit = '' } = first ?? {};
  const whose = scope === 'host' ? 'whole host' : `class ${name}`;
  const id = `indicators.sci.${scope === 'host' ? 'host' : `class.${name}`}.${unit}`;
  const label = `SCI, ${whose}, per ${unit}`;
  const per = `g/${unit}`;
  const counted = rows.reduce((total, { amount }) => total + amount, 0);
  const scored = rows.filter(({ scores }) => scores.length > 0);
  const scores = scored.flatMap((row) => row.scores.map((score) => ({ ...score, zone: row.gridZone })));
  if (scores.length === 0)
    return gapLine(
      id,
      label,
      per,
      `${plain(counted)} ${unit} were counted in hours without a score: energy, a location-based factor, a figure of the hardware or the share that is kept for it was not known`,
    );
  const factors = factorsOf(scores).map((one) => ({
    ...one,
    ...desk.useBooked(one.factor, 'location', one.zone),
  }));
  const kinds = [...new Set(factors.map(({ terms: { basis, gases, gwp } }) => `${basis}, ${gases}, ${gwp}`))];
  if (kinds.length > 1)
    return gapLine(
      id,
      label,
      per,
      `factors that count different things are not added: ${kinds.sort().join('; ')}`,
    );
  const operational = sum(scores.map((one) => one.operational));
  const embodied = sum(scores.map((one) => one.embodied));
  const done = scores.reduce((total, one) => total + one.done, 0);
  const score = sciOf({ operational, embodied, done });
  if (score === undefined) return gapLine(id, label, per, 'no work was done in the time that has a score');
  const hours = new Set(scored.map(({ hour }) => hour)).size;
  const rest = counted - done > 1e-9 * counted ? ` of ${plain(counted)} counted` : '';
  const note = [
    `(${plain(operational)} g operational, location-based + ${plain(embodied)} g embodied) / ${plain(done)} ${unit}${rest}`,
    `${number(hours, 0)} h, ${energyWords(toKilowattHours(sum(scores.map(({ energy }) => energy))))} IT`,
    `factors ${listed(factors.map((one) => one.name))}`,
    'without instruments and credits',
  ].join('; ');
  return figureLine(id, label, score, per, note, { ...factors[0]?.terms, method: 'location' });
};

const factorsOf = (
  scores: readonly (Score & { readonly zone: string })[],
): readonly { readonly factor: string; readonly zone: string }[] =>
  [...new Map(scores.map(({ factor, zone }) => [factor, { factor, zone }])).values()].sort((a, b) =>
    a.factor < b.factor ? -1 : 1,
  );
