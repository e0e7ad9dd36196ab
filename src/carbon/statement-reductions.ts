import { emissionsOf, fromKilowattHours, type KilowattHours, scale } from '../units.ts';
import { type Block, figureLine, gapLine, type Line, wordsLine } from './statement.ts';
import type { CreditEntry, MeasureEntry } from './statement-activity.ts';
import type { FactorDesk } from './statement-factors.ts';
import { TONNE } from './statement-scope1.ts';
import { energyWords, number, plain } from './statement-words.ts';

/** Block 8: what measures avoided, each against its own baseline. Listed; nothing is subtracted and nothing summed. */
export const reductionsBlock = (measures: readonly MeasureEntry[], desk: FactorDesk): Block => ({
  number: 8,
  title: 'Reductions against a stated baseline (not subtracted)',
  lines:
    measures.length === 0
      ? [wordsLine('reductions', 'Reductions', 'none entered')]
      : measures.map((one) => measureLine(one, desk)),
});

const measureLine = (one: MeasureEntry, desk: FactorDesk): Line => {
  const id = `reductions.${one.name}`;
  const label = one.part === undefined ? one.name : `of which ${one.name}`;
  const about = [
    `Scope ${one.scope}`,
    `baseline: ${one.baseline ?? 'not stated'}`,
    `method: ${one.method ?? 'not stated'}`,
    `evidence: ${one.evidence ?? 'not stated'}`,
    `verified by: ${one.verifier ?? 'nobody stated'}`,
    one.document,
  ];
  if (one.saved === undefined || one.zone === undefined) {
    const { emissions } = one;
    if (emissions === undefined)
      return gapLine(id, label, 't', 'neither the energy saved with its zone nor emissions are entered');
    return figureLine(
      id,
      label,
      emissions / TONNE,
      't',
      ['as stated, not worked out here', ...about].join('; '),
    );
  }
  const factor = desk.location(one.zone);
  const { saved, pue = 1 } = one;
  if (!factor.found) return gapLine(id, label, 't', `${energyWords(saved)}: ${factor.reason}`);
  const emissions = (energy: KilowattHours): number =>
    emissionsOf(fromKilowattHours(scale(energy, pue)), factor.value.row.value) / TONNE;
  const working = `${energyWords(saved)} IT x ${plain(pue)} x ${desk.words(factor.value)}`;
  const range =
    one.interval === undefined
      ? 'interval: not stated'
      : `interval: ${number(emissions(one.interval[0]), 3)} to ${number(emissions(one.interval[1]), 3)} t`;
  return figureLine(
    id,
    label,
    emissions(saved),
    't',
    [working, range, ...about].join('; '),
    desk.use(factor.value),
  );
};

/** Block 9: credits, on lines of their own. No other figure knows of them. */
export const creditsBlock = (credits: readonly CreditEntry[]): Block => ({
  number: 9,
  title: 'Credits cancelled (not subtracted)',
  lines:
    credits.length === 0
      ? [wordsLine('credits', 'Credits', 'none entered')]
      : credits.map((one, at) =>
          figureLine(
            `credits.${at + 1}`,
            `${one.standard} project ${one.project}, ${one.name}`,
            one.quantity / TONNE,
            't',
            [
              one.kind,
              `vintage: ${one.vintage ?? 'not stated'}`,
              `serial numbers: ${one.serials ?? 'not stated'}`,
              `cancelled: ${one.cancelled ?? 'not stated'}`,
              one.document,
            ].join('; '),
          ),
        ),
});
