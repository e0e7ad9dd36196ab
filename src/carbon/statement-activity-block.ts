import type { Quality } from '../model/meter.ts';
import { sum } from '../units.ts';
import { type Block, figureLine, gapLine, type Line } from './statement.ts';
import type { Activity, FuelEntry } from './statement-activity.ts';
import { byKey, type Load, loadsOf, notBooked, type SiteEnergy } from './statement-energy.ts';
import type { StatementInput } from './statement-input.ts';
import { energyWords, number } from './statement-words.ts';

const QUALITIES: readonly Quality[] = ['measured', 'derived', 'estimated'];

/** Block 2: what was used, before any factor. */
export const activityBlock = (
  { activity }: StatementInput,
  energies: readonly SiteEnergy[],
  uncovered: Line,
  costs: readonly Line[],
): Block => ({
  number: 2,
  title: 'Activity',
  lines: [...energyLines(energies), uncovered, ...supplyLines(activity), ...costs],
});

const energyLines = (energies: readonly SiteEnergy[]): readonly Line[] => {
  if (energies.length === 0)
    return [gapLine('activity.energy', 'Energy', 'kWh', 'none is entered and none was read')];
  const ofIt = energies.filter(({ of }) => of === 'it');
  const ofFacility = energies.filter(({ of }) => of === 'facility');
  const loads = energies.flatMap(loadsOf);
  const overheads = loads.filter(({ part }) => part === 'overhead');
  const silent = ofIt.filter(({ pue }) => pue === undefined);
  const of = (list: readonly SiteEnergy[], id: string, label: string): readonly Line[] =>
    QUALITIES.flatMap((quality) => {
      const own = list.filter((one) => one.quality === quality);
      if (own.length === 0) return [];
      return [
        figureLine(
          `${id}.${quality}`,
          `${label}, ${quality}`,
          sum(own.map(({ quantity }) => quantity)),
          'kWh',
        ),
      ];
    });
  return [
    ...of(ofIt, 'activity.it', 'IT energy'),
    ...overheadLines(ofIt, overheads),
    ...of(ofFacility, 'activity.facility', 'Facility energy, overhead inside'),
    ...(silent.length === 0
      ? []
      : [
          gapLine(
            'activity.overhead.unknown',
            `Overhead of ${[...new Set(silent.map(({ site }) => site))].sort().join(', ')}`,
            'kWh',
            'no PUE is entered: what the building adds is not known and not in any figure',
          ),
        ]),
    figureLine(
      'activity.total',
      'Energy in this statement',
      sum(loads.map(({ quantity }) => quantity)),
      'kWh',
    ),
  ];
};

const overheadLines = (energies: readonly SiteEnergy[], overheads: readonly Load[]): readonly Line[] => {
  const known = energies.filter(({ pue }) => pue !== undefined);
  if (known.length === 0) return [];
  const hourly = known.filter(({ pue }) => pue?.kind === 'hourly');
  const pues = [
    ...new Set(
      known.flatMap(({ site, pue }) =>
        pue?.kind === 'hourly' ? [] : [`${site}: PUE ${pue?.value} (${pue?.kind})`],
      ),
    ),
  ].sort();
  const it = sum(hourly.map(({ quantity }) => quantity));
  if (it > 0) {
    const added = sum(
      hourly.flatMap(loadsOf).flatMap(({ part, quantity }) => (part === 'overhead' ? [quantity] : [])),
    );
    pues.push(
      `${hourly[0]?.site}: PUE ${number(1 + added / it, 4)} (as booked hour by hour, mean by energy, for ${energyWords(it)})`,
    );
  }
  return [
    figureLine(
      'activity.overhead',
      'Overhead, IT x (PUE - 1)',
      sum(overheads.map(({ quantity }) => quantity)),
      'kWh',
      pues.join('; '),
    ),
  ];
};

/** Unit of what is burnt, from that of its factor. */
export const unitOfFuel = ({ quantity: { per } }: FuelEntry): string => per.replace('kg/', '');

const supplyLines = ({ fuels, refrigerants, water, reused, costs }: Activity): readonly Line[] => [
  ...fuels.map((one, at) =>
    figureLine(
      `activity.fuel.${at + 1}`,
      `${one.fuel}, ${one.site}`,
      one.quantity.value,
      unitOfFuel(one),
      one.document,
    ),
  ),
  ...refrigerants.map(({ site, gas, kilograms, document }, at) =>
    figureLine(`activity.refrigerant.${at + 1}`, `${gas} topped up, ${site}`, kilograms, 'kg', document),
  ),
  ...water.map(({ site, litres, document }, at) =>
    figureLine(`activity.water.${at + 1}`, `Water, ${site}`, litres, 'L', document),
  ),
  ...reused.map(({ site, quantity, document }, at) =>
    figureLine(`activity.reused.${at + 1}`, `Energy used again, ${site}`, quantity, 'kWh', document),
  ),
  ...costs.map(({ site, amount, currency, document }, at) =>
    figureLine(`activity.cost.${at + 1}`, `Cost of energy, ${site}`, amount, currency, document),
  ),
];

/** Energy by zone that no factor covers, as a line of its own. */
export const uncoveredLine = (loads: readonly Load[], hasFactor: (zone: string) => boolean): Line => {
  if (loads.length === 0)
    return gapLine(
      'activity.uncovered',
      'Energy without a factor',
      'kWh',
      'none is entered and none was read',
    );
  const bare = byKey(
    loads.filter((load) => !hasFactor(load.zone) && notBooked([load], 'location') > 0),
    ({ zone }) => zone,
    (load) => notBooked([load], 'location'),
  );
  const total = sum(loads.map(({ quantity }) => quantity));
  const uncovered = sum(bare.map(({ quantity }) => quantity));
  const names = bare.map(({ key }) => (key === '' ? 'no zone' : key)).join(', ');
  const note =
    bare.length === 0 ? undefined : `${names}: ${share(uncovered, total)}; in no total of emissions`;
  return figureLine('activity.uncovered', 'Energy without a factor', uncovered, 'kWh', note);
};

const share = (part: number, whole: number): string =>
  `${((part / whole) * 100).toFixed(2)} % = ${part.toFixed(1)} / ${whole.toFixed(1)} kWh`;
