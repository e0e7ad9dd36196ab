import { kilowattHours, sum } from '../units.ts';
import { type Block, figureLine, gapLine, type Line } from './statement.ts';
import type { Activity } from './statement-activity.ts';
import { loadsOf, type SiteEnergy } from './statement-energy.ts';
import type { FactorDesk } from './statement-factors.ts';
import { locationLines } from './statement-location.ts';
import { energyWords, number, plain } from './statement-words.ts';

/** Block 7: ratios, each with what was divided by what (ISO/IEC 30134-2, -8, -9). */
export const indicatorsBlock = (
  activity: Activity,
  energies: readonly SiteEnergy[],
  desk: FactorDesk,
): Block => {
  const measured = energies.filter(({ of, pue }) => of === 'it' && pue !== undefined);
  const it = sum(measured.map(({ quantity }) => quantity));
  return {
    number: 7,
    title: 'Indicators',
    lines: [
      pueLine(measured, it),
      cueLine(measured, it, desk),
      wueLine(activity, energies),
      ...workLines(activity, energies),
      gapLine(
        'indicators.sci',
        'SCI',
        'g',
        'not computed: it needs a functional unit and an amortised share of hardware',
      ),
    ],
  };
};

const NO_PUE = 'no IT energy with a PUE is entered';

const pueLine = (energies: readonly SiteEnergy[], it: number): Line => {
  const [id, label] = ['indicators.pue', 'PUE'];
  if (!(it > 0)) return gapLine(id, label, '', NO_PUE);
  const facility = sum(energies.flatMap(loadsOf).map(({ quantity }) => quantity));
  const kinds = [...new Set(energies.map(({ pue }) => pue?.kind ?? ''))].sort().join(', ');
  return figureLine(id, label, facility / it, '', `${energyWords(facility)} / ${energyWords(it)}; ${kinds}`);
};

const cueLine = (energies: readonly SiteEnergy[], it: number, desk: FactorDesk): Line => {
  const [id, label, unit] = ['indicators.cue', 'CUE, location-based', 'kg/kWh'];
  if (!(it > 0)) return gapLine(id, label, unit, NO_PUE);
  const { total } = locationLines(energies.flatMap(loadsOf), desk, id);
  if (total.grams === undefined || total.uncovered > 0)
    return gapLine(id, label, unit, 'a part of the energy has no factor');
  return figureLine(
    id,
    label,
    total.grams / 1000 / it,
    unit,
    `${number(total.grams / 1e6, 3)} t / ${energyWords(kilowattHours(it))} IT`,
    { method: 'location', basis: 'direct' },
  );
};

/** Litres over the IT energy of the same sites: it needs no PUE. */
const wueLine = ({ water }: Activity, energies: readonly SiteEnergy[]): Line => {
  const [id, label, unit] = ['indicators.wue', 'WUE', 'L/kWh'];
  if (water.length === 0) return gapLine(id, label, unit, 'no water is entered');
  const itOf = (site: string): number =>
    sum(energies.filter((one) => one.of === 'it' && one.site === site).map(({ quantity }) => quantity));
  const dry = [...new Set(water.map(({ site }) => site))].filter((site) => !(itOf(site) > 0));
  if (dry.length > 0) return gapLine(id, label, unit, `no IT energy is entered for ${dry.join(', ')}`);
  const it = [...new Set(water.map(({ site }) => site))].reduce((all, site) => all + itOf(site), 0);
  const litres = water.reduce((all, one) => all + one.litres, 0);
  return figureLine(id, label, litres / it, unit, `${plain(litres)} L / ${energyWords(it)} IT`);
};

const workLines = ({ work }: Activity, energies: readonly SiteEnergy[]): readonly Line[] => {
  const all = sum(energies.flatMap(loadsOf).map(({ quantity }) => quantity));
  return work.map(({ unit, count, document }) => {
    const [id, label, per] = [`indicators.work.${unit}`, `Energy per ${unit}`, `Wh/${unit}`];
    if (!(count > 0) || !(all > 0)) return gapLine(id, label, per, 'no work or no energy is entered');
    return figureLine(
      id,
      label,
      (all * 1000) / count,
      per,
      `${energyWords(all)} / ${plain(count)} ${unit}; ${document}`,
    );
  });
};
