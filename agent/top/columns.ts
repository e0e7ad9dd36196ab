import { gramsPerHour, type RowUse, watts } from '../../src/index.ts';
import { figure, perPiece } from '../figures.ts';
import { groupOf } from './by-class.ts';
import type { Shown } from './shown.ts';
import { rowKey, spark, sumOf, type Trend, wattsOf } from './trend.ts';
import { chosen, partOf, type View } from './view.ts';
import { plain, power, safe, share, UNKNOWN } from './words.ts';

export interface Column {
  readonly title: string;
  readonly side: 'left' | 'right';
  /** Which go first where the screen is narrow: the highest. Those of rank 0 stay. */
  readonly rank: number;
  readonly cell: (row: RowUse) => string;
}

const RESOURCE: Readonly<Record<string, string>> = {
  cpu: 'CPU W',
  memory: 'MEM W',
  gpu: 'GPU W',
  other: 'REST W',
};

/** Looks that are drawn beside a row. */
const TREND_WIDTH = 12;

/** The last looks of a row; of a class those of its workloads in view, together. */
const trendOf = (shown: Shown, view: View): Column['cell'] => {
  const of = (row: RowUse): Trend => shown.trends.rows.get(rowKey(row)) ?? [];
  if (!view.isByClass) return (row) => spark(of(row), TREND_WIDTH);
  const members = chosen(shown, view);
  return (row) => spark(sumOf(members.filter((one) => groupOf(one) === groupOf(row)).map(of)), TREND_WIDTH);
};

/** Columns that this host has anything for. The name is the last: whatever its characters, the others stand in line. */
export const columnsOf = (shown: Shown, view: View, blocks: boolean): readonly Column[] => {
  const { host, use } = shown;
  const right = (title: string, rank: number, cell: Column['cell']): Column => ({
    title,
    side: 'right',
    rank,
    cell,
  });
  const left = (title: string, rank: number, cell: Column['cell']): Column => ({
    title,
    side: 'left',
    rank,
    cell,
  });
  const parts = host.host.powerByResource;
  const example = host.example === undefined ? '' : 'EXAMPLE ';
  return [
    right('WATTS', 0, (row) => power(wattsOf(row))),
    ...(parts.length < 2
      ? []
      : parts.map(({ resource }) =>
          right(RESOURCE[resource] ?? safe(resource), 5, (row) =>
            wattsOf(row) === undefined ? UNKNOWN : power(partOf(row, resource) ?? 0),
          ),
        )),
    right('SHARE', 1, (row) => share(row.share)),
    right('CPUS', 4, ({ processors }) => (processors === undefined ? UNKNOWN : processors.toFixed(2))),
    ...(host.emissions.location.available
      ? [
          right(`${example}gCO2e/h`, 3, (row) => {
            const own = wattsOf(row);
            const rate = own === undefined ? undefined : gramsPerHour(host, watts(own));
            return rate === undefined ? UNKNOWN : figure(rate);
          }),
        ]
      : []),
    ...(blocks ? [left('TREND', 6, trendOf(shown, view))] : []),
    ...(view.isByClass
      ? []
      : [left('KIND', 2, ({ kind }) => safe(kind)), left('CLASS', 7, (row) => safe(row.class))]),
    ...(!view.isByClass && use.rows.some(({ energyPerWork }) => energyPerWork !== undefined)
      ? [left('ENERGY PER UNIT', 6, perUnit)]
      : []),
    left(
      view.isByClass ? 'CLASS (WORKLOADS)' : 'NAME',
      0,
      ({ name, ended }) => `${safe(name)}${ended ? ' (ended)' : ''}`,
    ),
  ];
};

const perUnit = ({ energyPerWork }: RowUse): string => {
  const figures = (energyPerWork ?? []).map(({ unit, joulesPerUnit }) => {
    const { value, unit: size } = perPiece(joulesPerUnit);
    return `${plain(value)} ${size} (${safe(unit)})`;
  });
  return figures.length === 0 ? UNKNOWN : figures.join(', ');
};
