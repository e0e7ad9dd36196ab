import { kilowattHours, sum } from '../units.ts';
import { type Block, figureLine, gapLine, type Line } from './statement.ts';
import type { Activity } from './statement-activity.ts';
import { loadsOf, type SiteEnergy } from './statement-energy.ts';
import type { FactorDesk } from './statement-factors.ts';
import { AGENT_HOURS } from './statement-hours.ts';
import { locationLines } from './statement-location.ts';
import { energyWords, number, plain } from './statement-words.ts';

/** Block 7: ratios, each with what was divided by what (ISO/IEC 30134-2, -6, -8, -9). */
export const indicatorsBlock = (
  activity: Activity,
  energies: readonly SiteEnergy[],
  desk: FactorDesk,
  hourly: { readonly costs: readonly Line[]; readonly scores: readonly Line[] },
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
      erfLine(activity, energies),
      ...costLines(activity, energies),
      ...hourly.costs,
      ...workLines(activity, energies),
      ...(hourly.scores.length > 0 ? hourly.scores : [NO_SCORE]),
    ],
  };
};

const NO_SCORE = gapLine(
  'indicators.sci',
  'SCI',
  'g',
  'not computed: it needs a functional unit and an amortised share of hardware',
);

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

const unique = (items: readonly { readonly site: string }[]): readonly string[] => [
  ...new Set(items.map(({ site }) => site)),
];

/** What the configuration says of the one host whose agent metered all of the energy. */
const configured = (
  [id, label, unit]: readonly [string, string, string],
  value: number | undefined,
  energies: readonly SiteEnergy[],
  absent: string,
): Line =>
  value !== undefined && energies.length > 0 && energies.every(({ document }) => document === AGENT_HOURS)
    ? figureLine(id, label, value, unit, "as the agent's configuration states it")
    : gapLine(id, label, unit, absent);

/** Litres over the IT energy of the same sites: it needs no PUE. */
const wueLine = ({ water, agent }: Activity, energies: readonly SiteEnergy[]): Line => {
  const [id, label, unit] = ['indicators.wue', 'WUE', 'L/kWh'] as const;
  if (water.length === 0) return configured([id, label, unit], agent?.wue, energies, 'no water is entered');
  const itOf = (site: string): number =>
    sum(energies.filter((one) => one.of === 'it' && one.site === site).map(({ quantity }) => quantity));
  const dry = unique(water).filter((site) => !(itOf(site) > 0));
  if (dry.length > 0) return gapLine(id, label, unit, `no IT energy is entered for ${dry.join(', ')}`);
  const it = unique(water).reduce((all, site) => all + itOf(site), 0);
  const litres = water.reduce((all, one) => all + one.litres, 0);
  return figureLine(id, label, litres / it, unit, `${plain(litres)} L / ${energyWords(it)} IT`);
};

/** Energy that was used again over all energy of the same sites (ISO/IEC 30134-6), the building's included. */
const erfLine = ({ reused, agent }: Activity, energies: readonly SiteEnergy[]): Line => {
  const [id, label] = ['indicators.erf', 'ERF'] as const;
  if (reused.length === 0)
    return configured([id, label, ''], agent?.erf, energies, 'no reuse of energy is entered');
  const entries = energies.filter(({ site }) => unique(reused).includes(site));
  const bare = unique(reused).filter((site) => !entries.some((one) => one.site === site && one.quantity > 0));
  if (bare.length > 0) return gapLine(id, label, '', `no energy is entered for ${bare.join(', ')}`);
  const part = unique(entries.filter(({ of, pue }) => of === 'it' && pue === undefined));
  if (part.length > 0)
    return gapLine(id, label, '', `the energy of the whole site is not known for ${part.join(', ')}: no PUE`);
  const all = sum(entries.flatMap(loadsOf).map(({ quantity }) => quantity));
  const again = sum(reused.map(({ quantity }) => quantity));
  if (again > all)
    return gapLine(
      id,
      label,
      '',
      `more is entered as used again, ${energyWords(again)}, than was used, ${energyWords(all)}`,
    );
  return figureLine(id, label, again / all, '', `${energyWords(again)} / ${energyWords(all)}`);
};

/** Money over kWh, a currency at a time; nothing is converted. */
const costLines = ({ costs }: Activity, energies: readonly SiteEnergy[]): readonly Line[] =>
  [...new Set(costs.map(({ currency }) => currency))].sort().map((currency) => {
    const [id, label, unit] = [`indicators.cost.${currency}`, 'Cost per kWh', `${currency}/kWh`];
    const paid = costs.filter((one) => one.currency === currency);
    const loads = energies.filter(({ site }) => unique(paid).includes(site)).flatMap(loadsOf);
    const bare = unique(paid).filter((site) => !loads.some((one) => one.site === site && one.quantity > 0));
    if (bare.length > 0) return gapLine(id, label, unit, `no energy is entered for ${bare.join(', ')}`);
    const amount = paid.reduce((all, one) => all + one.amount, 0);
    const used = sum(loads.map(({ quantity }) => quantity));
    return figureLine(id, label, amount / used, unit, `${plain(amount)} ${currency} / ${energyWords(used)}`);
  });

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
