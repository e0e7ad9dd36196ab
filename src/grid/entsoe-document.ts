import { oneLine } from '../model/foreign-text.ts';
import { GridError } from '../model/grid.ts';
import { echoed, instant, unexpected } from './read-body.ts';
import { parseXml, textAt, type XmlElement } from './xml.ts';

/** What one production type generated, in MW by the first instant of each step. */
export interface Generation {
  readonly type: string;
  readonly steps: ReadonlyMap<number, number>;
}

export interface GenerationDocument {
  /** Milliseconds of a step: the shortest resolution of the document. */
  readonly step: number;
  readonly generation: readonly Generation[];
  /** What the platform says where it has nothing; '' otherwise. */
  readonly reason: string;
}

interface Period {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly resolution: number;
  /** MW by position, from 1 on. */
  readonly points: ReadonlyMap<number, number>;
  /** Whether a point holds until the next one (curve type A03) instead of for one position (A01). */
  readonly isHeld: boolean;
}

const RESOLUTIONS: ReadonlyMap<string, number> = new Map([
  ['PT15M', 900_000],
  ['PT30M', 1_800_000],
  ['PT60M', 3_600_000],
  ['PT1H', 3_600_000],
]);
/** What is asked for is a day: 20 types in 96 steps. A period of more, or of very many, is of another document. */
const [LONGEST, MOST_STEPS] = [2 * 86_400_000, 100_000];
/** No matching data (ENTSO-E code list, ReasonCode 999), with status 200. */
const NO_DATA = '999';

/** Actual generation per type (A75) of one bidding zone. @throws GridError */
export const parseGeneration = (body: string, domain: string): GenerationDocument => {
  if (body.startsWith('PK'))
    throw unexpected('is a ZIP file', 'A day of one zone comes as XML; see whether url is that of the API.');
  const root = parseXml(body);
  if (root.name === 'Acknowledgement_MarketDocument') return acknowledged(root);
  if (root.name !== 'GL_MarketDocument') throw unexpected(`is a ${oneLine(root.name)}`);
  echoed('document type', textAt(root, 'type'), 'A75');
  const periods = root.children
    .filter(({ name }) => name === 'TimeSeries')
    .flatMap((series) => periodsOf(series, domain));
  const step = periods.reduce((least, { resolution }) => Math.min(least, resolution), 3_600_000);
  return { step, generation: byType(periods, step), reason: '' };
};

const acknowledged = (root: XmlElement): GenerationDocument => {
  const reason = oneLine(textAt(root, 'Reason', 'text') ?? '');
  if (textAt(root, 'Reason', 'code') === NO_DATA) {
    return { step: 3_600_000, generation: [], reason: reason || 'no matching data' };
  }
  throw new GridError('failed', `ENTSO-E answers ${reason || 'with an acknowledgement without a reason'}`);
};

const periodsOf = (series: XmlElement, domain: string): readonly Period[] => {
  const into = textAt(series, 'inBiddingZone_Domain.mRID');
  const outOf = textAt(series, 'outBiddingZone_Domain.mRID');
  echoed('zone', into ?? outOf, domain);
  // What pumps and plants take from the grid is told as a series out of the zone: it is no generation.
  if (into === undefined) return [];
  echoed('unit', textAt(series, 'quantity_Measure_Unit.name'), 'MAW');
  const type = textAt(series, 'MktPSRType', 'psrType') ?? '';
  if (!/^B\d\d$/.test(type)) throw unexpected(`has a production type ${oneLine(type) || 'without a code'}`);
  const curve = textAt(series, 'curveType') ?? 'A01';
  if (curve !== 'A01' && curve !== 'A03')
    throw unexpected(`has curve type ${oneLine(curve)}; known are A01 and A03`);
  return series.children
    .filter(({ name }) => name === 'Period')
    .map((period) => periodOf(period, type, curve === 'A03'));
};

const periodOf = (period: XmlElement, type: string, isHeld: boolean): Period => {
  const start = instant(textAt(period, 'timeInterval', 'start') ?? '');
  const end = instant(textAt(period, 'timeInterval', 'end') ?? '');
  const told = textAt(period, 'resolution') ?? '';
  const resolution = RESOLUTIONS.get(told);
  if (resolution === undefined) throw unexpected(`has resolution ${oneLine(told) || 'none'}`);
  const isWhole = start % resolution === 0 && end % resolution === 0;
  if (!isWhole || end <= start || end - start > LONGEST)
    throw unexpected('has a period that is no row of its steps');
  const points = new Map<number, number>();
  for (const point of period.children.filter(({ name }) => name === 'Point')) {
    const [position, quantity] = [numberAt(point, 'position'), numberAt(point, 'quantity')];
    if (position !== undefined && quantity !== undefined) points.set(position, quantity);
  }
  return { type, start, end, resolution, points, isHeld };
};

/** A number from 0 on; undefined for anything else, which is a gap. */
const numberAt = (point: XmlElement, name: string): number | undefined => {
  const text = textAt(point, name) ?? '';
  return /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : undefined;
};

const byType = (periods: readonly Period[], step: number): readonly Generation[] => {
  const steps = periods.reduce((sum, { start, end }) => sum + (end - start) / step, 0);
  if (steps > MOST_STEPS) throw unexpected('has more steps than a day of one zone');
  const types = new Map<string, Map<number, number>>();
  for (const { type, start, end, resolution, points, isHeld } of periods) {
    const own = types.get(type) ?? new Map<number, number>();
    types.set(type, own);
    let held: number | undefined;
    for (let position = 1, from = start; from < end; position += 1, from += resolution) {
      held = points.get(position) ?? (isHeld ? held : undefined);
      if (held === undefined) continue;
      for (let at = from; at < from + resolution; at += step) own.set(at, held);
    }
  }
  return [...types].map(([type, own]) => ({ type, steps: own }));
};
