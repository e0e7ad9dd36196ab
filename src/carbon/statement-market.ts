import { bookedFactorOf } from '../model/hour-record.ts';
import {
  emissionsOf,
  fromKilowattHours,
  type GramsCO2e,
  type KilowattHours,
  kilowattHours,
  scale,
  subtract,
  sum,
} from '../units.ts';
import { INSTRUMENT_KINDS } from './instruments.ts';
import { type Block, figureLine, gapLine, type Line } from './statement.ts';
import type { InstrumentEntry } from './statement-activity.ts';
import { type BookedLoad, bookedBy, byKey, type Load, notBooked } from './statement-energy.ts';
import type { FactorDesk } from './statement-factors.ts';
import { BY_YEAR, bookedLines, type MethodTotal, totalLine } from './statement-location.ts';
import { TONNE } from './statement-scope1.ts';
import { energyWords, plain } from './statement-words.ts';
import { marketAreaOf } from './zone.ts';

export interface MarketResult {
  readonly block: Block;
  readonly total: MethodTotal;
  /** Instruments that cannot be, one line each: then there is no statement. */
  readonly refusals: readonly string[];
}

interface ZoneRest {
  readonly zone: string;
  readonly booked: readonly BookedLoad[];
  readonly unbooked: KilowattHours;
  /** What instruments of the year may cover, and what they leave of it. */
  readonly coverable: KilowattHours;
  readonly rest: KilowattHours;
}

/** Ids of instruments that were in force by the hour: `<zone>/<kind>/<name>` (instruments.ts). */
const isInstrument = (factor: string): boolean => {
  const { id } = bookedFactorOf(factor);
  // Which ones held within the hour was not kept: they may have been instruments.
  return id === '*' || INSTRUMENT_KINDS.some((kind) => id.split('/').at(-2) === kind);
};

const leftOf = ({ coverable, rest }: ZoneRest): number => (coverable > 0 ? rest / coverable : 1);

/** What was booked, less what instruments of the year cover of it, in proportion. */
const afterInstruments = (one: ZoneRest): readonly BookedLoad[] => {
  const left = leftOf(one);
  return one.booked.flatMap((part) => {
    if (left === 1 || isInstrument(part.factor)) return [part];
    return left > 0
      ? [{ ...part, quantity: scale(part.quantity, left), grams: scale(part.grams, left) }]
      : [];
  });
};

const unbookedRest = (
  one: ZoneRest,
): { readonly zone: string; readonly rest: KilowattHours; readonly isPart: boolean } => ({
  zone: one.zone,
  rest: one.booked.length === 0 ? one.rest : scale(one.unbooked, leftOf(one)),
  isPart: one.booked.length > 0,
});

/** Rounding of amounts in a contract, kWh. */
const TOLERANCE = 1e-6;

/** Block 5: Scope 2 by what was bought: instruments first, the rest at the residual mix. Matched over the year. */
export const marketBlock = (
  loads: readonly Load[],
  instruments: readonly InstrumentEntry[],
  desk: FactorDesk,
): MarketResult => {
  const own = loads.filter(({ scope }) => scope === '2');
  const zones = byKey(
    own,
    ({ zone }) => zone,
    ({ quantity }) => quantity,
  ).map(({ key, quantity, items }): ZoneRest => {
    const booked = bookedBy(items, 'market');
    const free = booked.filter(({ factor }) => !isInstrument(factor));
    const unbooked = notBooked(items, 'market');
    // Energy under a contract of the hour cannot be covered a second time.
    const rest = booked.length === 0 ? quantity : sum([unbooked, ...free.map((one) => one.quantity)]);
    return { zone: key, booked, unbooked, coverable: rest, rest };
  });
  const { rests, refusals } = applied(zones, instruments);
  const bought = instruments.map(instrumentLine);
  const booked = rests.flatMap((one) => {
    const parts = afterInstruments(one);
    return [{ lines: bookedLines(parts, desk, 'scope2.market', one.zone), parts }];
  });
  const parts = rests
    .map(unbookedRest)
    .filter(({ rest }) => rest > TOLERANCE)
    .map((one) => residual(one, desk));
  const grams = [
    ...instruments.map(({ quantity, factor }) => emissionsOf(fromKilowattHours(quantity), factor)),
    ...booked.flatMap(({ parts: hourly }) => hourly.map((one) => one.grams)),
    ...parts.flatMap((one) => (one.grams === undefined ? [] : [one.grams])),
  ];
  const bare = sum(parts.flatMap(({ grams: known, rest }) => (known === undefined ? [rest] : [])));
  const all = sum(own.map(({ quantity }) => quantity));
  const total = {
    grams: grams.length === 0 ? undefined : sum(grams),
    uncovered: bare,
    booked: sum(booked.flatMap(({ parts: hourly }) => hourly.map((one) => one.quantity))),
  };
  const lines = [...bought, ...booked.flatMap((one) => one.lines), ...parts.map(({ line }) => line)];
  return {
    block: {
      number: 5,
      title: 'Scope 2, market-based, gross',
      lines: [...lines, totalLine('market', total, all, lines)],
    },
    total,
    refusals,
  };
};

/** An instrument of a zone covers that zone; one of a country its zones, in proportion to what is left of each. */
const applied = (
  zones: readonly ZoneRest[],
  instruments: readonly InstrumentEntry[],
): { readonly rests: readonly ZoneRest[]; readonly refusals: readonly string[] } => {
  const refusals: string[] = [];
  const exactFirst = [...instruments].sort(
    (a, b) =>
      Number(zones.some(({ zone }) => zone === b.market)) -
      Number(zones.some(({ zone }) => zone === a.market)),
  );
  let rests = zones;
  for (const { name, market, quantity } of exactFirst) {
    const isInside = ({ zone }: ZoneRest): boolean => zone === market || marketAreaOf(zone) === market;
    const left = sum(rests.filter(isInside).map(({ rest }) => rest));
    if (quantity > left + TOLERANCE) {
      refusals.push(
        `instrument ${name} covers ${energyWords(quantity)} and ${energyWords(left)} of Scope 2 in ${market} is left to cover: ` +
          'certificates beyond the load, or of another market, cover nothing',
      );
      continue;
    }
    const share = left > 0 ? quantity / left : 0;
    rests = rests.map((one) =>
      isInside(one) ? { ...one, rest: subtract(one.rest, kilowattHours(one.rest * share)) } : one,
    );
  }
  return { rests, refusals };
};

const day = (wall: number): string => new Date(wall).toISOString().slice(0, 10);

const instrumentLine = (one: InstrumentEntry): Line => {
  const emissions: GramsCO2e = emissionsOf(fromKilowattHours(one.quantity), one.factor);
  const note = [
    `${energyWords(one.quantity)} x ${plain(one.factor)} g/kWh`,
    `${one.kind} in ${one.market}, ${day(one.from)} to ${day(one.to)}, matched over the year`,
    one.document,
    one.cancellation === undefined ? 'cancellation not stated' : `cancelled: ${one.cancellation}`,
  ].join('; ');
  return figureLine(
    `scope2.market.instrument.${one.name}`,
    `Instrument ${one.name}`,
    emissions / TONNE,
    't',
    note,
    {
      method: 'market',
      basis: 'contract',
      gases: one.gases,
      gwp: one.gases === 'CO2' ? 'none' : 'unstated',
      zone: one.market,
    },
  );
};

const residual = (
  { zone, rest, isPart }: ReturnType<typeof unbookedRest>,
  desk: FactorDesk,
): { readonly line: Line; readonly rest: KilowattHours; readonly grams?: GramsCO2e } => {
  const name = zone === '' ? 'no zone' : zone;
  const [id, label] = [`scope2.market.rest.${name}`, `Not covered by instruments, ${name}`];
  const factor = desk.market(zone);
  if (!factor.found) {
    const why = zone === '' ? 'no grid zone was set while it was metered' : factor.reason;
    return { line: gapLine(id, label, 't', `${energyWords(rest)}: ${why}`), rest };
  }
  const grams = emissionsOf(fromKilowattHours(rest), factor.value.row.value);
  const note = `${energyWords(rest)} x ${desk.words(factor.value)}${isPart ? BY_YEAR : ''}`;
  return { line: figureLine(id, label, grams / TONNE, 't', note, desk.use(factor.value)), rest, grams };
};
