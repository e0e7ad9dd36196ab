import { oneLine } from '../model/foreign-text.ts';
import { GridError, type GridSeries } from '../model/grid.ts';
import { readCsv } from './csv.ts';
import { type LooseRow, type Rows, readRows, shown } from './rows.ts';
import type { IntensityUnit } from './statement.ts';

const FORM =
  'a list of rows with time (or from and to) and value, besides zone, unit, estimated; in CSV a header line with these names';

/** Columns that only repeat what the configuration states: a row that says otherwise is another series. */
const ECHOED = ['zone', 'signal', 'basis', 'gases', 'gwp', 'boundary'] as const;

export type Row = Readonly<Record<string, unknown>>;
const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const malformed = (what: string): GridError =>
  new GridError('failed', `the file ${what}`, { fix: `It must be ${FORM}.` });

/** A list of rows, or one below `readings`. @throws GridError (failed) */
const rowsOf = (content: unknown): readonly Row[] => {
  const list = isRow(content) && Array.isArray(content.readings) ? content.readings : content;
  if (!Array.isArray(list)) throw malformed('is no list of rows');
  return list.map((row: unknown, index) => {
    if (isRow(row)) return row;
    throw malformed(`has ${shown(row)} as row ${index + 1}`);
  });
};

/** Rows of JSON. @throws GridError (failed) */
export const jsonRows = (text: string): readonly Row[] => {
  try {
    return rowsOf(JSON.parse(text));
  } catch (cause) {
    throw cause instanceof GridError ? cause : malformed('is not valid JSON');
  }
};

/** Rows of YAML. Rejects with GridError (failed). */
export const yamlRows = async (text: string): Promise<readonly Row[]> => {
  // Loaded for a file in YAML alone.
  const { parse } = (await import('yaml')).default;
  try {
    // A few lines of aliases can stand for a gigabyte.
    return rowsOf(parse(text, { logLevel: 'silent', maxAliasCount: 100 }));
  } catch (cause) {
    throw cause instanceof GridError ? cause : malformed('is not valid YAML');
  }
};

/** @param kind ending of the name of the file. Rejects with GridError (failed). */
export const rowsIn = async (text: string, kind: string): Promise<readonly Row[]> => {
  if (kind === '.csv') return readCsv(text);
  return kind === '.json' ? jsonRows(text) : yamlRows(text);
};

/** Readings of the zone of the series; rows of other zones are passed over. @throws GridError (failed, unknown) */
export const readFileRows = (all: readonly Row[], series: GridSeries, unit: IntensityUnit): Rows => {
  const own = all.filter(
    ({ zone }) => zone === undefined || zone === null || zone === '' || zone === series.zone,
  );
  if (own.length === 0 && all.length > 0) {
    throw new GridError('unknown', `the file has no row of zone ${series.zone}`, {
      fix: `Correct zone in grid.providers; the first row is of ${shown(all[0]?.zone)}.`,
    });
  }
  const rows = own.map((row): LooseRow => {
    for (const name of ECHOED) {
      const said = row[name];
      if (said !== undefined && said !== null && said !== '' && said !== series[name]) {
        throw malformed(`has a row of ${name} ${shown(said)}; stated is ${oneLine(String(series[name]))}`);
      }
    }
    return {
      from: row.from ?? row.time,
      to: row.to,
      value: row.value,
      unit: row.unit,
      estimated: row.estimated,
    };
  });
  return readRows(rows, series, { unit });
};
