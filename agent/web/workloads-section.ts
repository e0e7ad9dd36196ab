import type { HostJson } from '../../src/index.ts';
import { cpuTime, energy, figure, mass, percent, together } from '../figures.ts';
import { type Html, html } from './html.ts';
import { rowText } from './words.ts';
import { workText } from './work-text.ts';

/** A row of the API; with its power where two snapshots tell it. */
export type WorkloadRow = HostJson['workloads'][number] & { readonly watts?: number | undefined };

export interface Column {
  /** For sorting; undefined: it is not sorted by. */
  readonly key: 'name' | 'watts' | 'dynamic' | 'energy' | 'cpu' | 'grams' | 'work';
  readonly label: string;
  readonly note?: Html;
  readonly cell: (row: WorkloadRow) => Html | string;
  /** What it is sorted by; undefined: unknown, last. */
  readonly value: (row: WorkloadRow) => number | string | undefined;
}

/** Rows that are shown at a time. */
export const FIRST_ROWS = 50;

/** Where no rule names a class. */
const UNCLASSIFIED = 'unclassified';
const DASH = '\u2013';
const UNKNOWN = Number.NEGATIVE_INFINITY;

/** Columns that this host has anything for. */
export const columnsOf = (
  { workloads, emissions, example }: HostJson,
  withPower: boolean,
): readonly Column[] => [
  {
    key: 'name',
    label: 'Workload',
    cell: nameCell,
    value: ({ name }) => name.toLowerCase(),
  },
  ...(withPower
    ? [
        {
          key: 'watts',
          label: 'Power',
          cell: ({ watts }) => (watts === undefined ? DASH : `${figure(watts)}\u00a0W`),
          value: ({ watts }) => watts,
        } satisfies Column,
      ]
    : []),
  {
    key: 'dynamic',
    label: 'Share of dynamic energy',
    cell: ({ dynamicShare }) => shareBar(dynamicShare),
    value: ({ dynamicJoules }) => dynamicJoules,
  },
  {
    key: 'energy',
    label: 'Energy',
    cell: ({ energyKwh }) => together(energy(energyKwh)),
    value: ({ energyJoules }) => energyJoules,
  },
  {
    key: 'cpu',
    label: 'CPU time',
    cell: ({ cpuSeconds }) => (cpuSeconds === undefined ? DASH : cpuTime(cpuSeconds)),
    value: ({ cpuSeconds }) => cpuSeconds,
  },
  ...(emissions.location.available
    ? [
        {
          key: 'grams',
          label: 'CO2e',
          ...(example === undefined ? {} : { note: html` <span class="pill example">example</span>` }),
          cell: ({ grams }) => (grams === undefined ? DASH : together(mass(grams))),
          value: ({ grams }) => grams,
        } satisfies Column,
      ]
    : []),
  ...(workloads.some(({ energyPerWork }) => energyPerWork !== undefined)
    ? [
        {
          key: 'work',
          label: 'Energy per unit of work',
          cell: ({ energyPerWork }) => workText(energyPerWork),
          value: ({ energyPerWork }) => energyPerWork?.[0]?.joulesPerUnit,
        } satisfies Column,
      ]
    : []),
];

/** Where the energy goes: rows that partition the host's metered energy. The largest, where there are many. */
export const workloadsSection = (host: HostJson): Html => {
  const columns = columnsOf(host, false);
  const { workloads } = host;
  const heads = columns.map(
    ({ key, label, note }) =>
      html`<th role="columnheader" scope="col" class="${classOf(key)}">${label}${note}</th>`,
  );
  const more = workloads.length - FIRST_ROWS;
  return html`
  <section class="card wide" id="workloads-card" aria-labelledby="workloads">
    <h2 id="workloads">Where the energy goes</h2>
    <p class="fine">Largest first. Every joule is in exactly one row; \u201cdynamic\u201d is what use causes above the idle floor.</p>
    <table role="table" class="stack">
      <thead role="rowgroup"><tr role="row">${heads}</tr></thead>
      <tbody role="rowgroup">${workloads.length === 0 ? emptyRow(columns.length) : workloads.slice(0, FIRST_ROWS).map((row) => workloadRow(row, columns))}</tbody>
    </table>
    ${more > 0 ? html`<p class="fine">${more} more ${more === 1 ? 'row' : 'rows'}: <a href="/api/v1/workloads">all of them as JSON</a>.</p>` : undefined}
  </section>`;
};

export const emptyRow = (columns: number, text = 'No row yet: the first one comes with the second sample.') =>
  html`<tr role="row"><td role="cell" colspan="${columns}">${text}</td></tr>`;

export const classOf = (key: Column['key']): string => (key === 'name' || key === 'dynamic' ? '' : 'number');

export const workloadRow = (row: WorkloadRow, columns: readonly Column[]): Html => html`
      <tr role="row" class="${isReserved(row) ? 'reserved' : ''}">
        ${columns.map(({ key, label, cell, value }) => (key === 'name' ? cell(row) : html`<td role="cell" class="${classOf(key)}${value(row) === undefined ? ' unknown' : ''}" data-label="${label}">${cell(row)}</td>`))}
      </tr>`;

const isReserved = ({ kind, name }: WorkloadRow): boolean =>
  kind === 'idle' || kind === 'other' || (kind === 'ended' && name === 'ended');

const nameCell = (row: WorkloadRow): Html => {
  const { kind, name } = row;
  const note = rowText(row);
  const own = row.class === '' || row.class === UNCLASSIFIED ? kind : `${kind} \u00b7 class ${row.class}`;
  return html`<th role="rowheader" scope="row"><span class="name">${isReserved(row) ? kind : name}</span>
          <span class="fine">${isReserved(row) ? note : `${own}${note === undefined ? '' : ` \u00b7 ${note}`}`}</span></th>`;
};

const shareBar = (share: number | undefined): Html | string => {
  if (share === undefined || share === 0) return DASH;
  return html`<span class="share"><svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
          <rect class="track" width="100" height="6"/><rect class="dynamic" width="${(share * 100).toFixed(2)}" height="6"/>
        </svg><span>${percent(share)}</span></span>`;
};

export interface Choice {
  readonly sortBy: Column['key'];
  readonly isDescending: boolean;
  /** Text that the name, kind or class has to hold; '' for all. */
  readonly filter: string;
  /** undefined: every class. */
  readonly workloadClass: string | undefined;
}

/** Rows that are asked for, in the order that is asked for; what is not known comes last. */
export const chosen = (
  rows: readonly WorkloadRow[],
  columns: readonly Column[],
  { sortBy, isDescending, filter, workloadClass }: Choice,
): readonly WorkloadRow[] => {
  const column = columns.find(({ key }) => key === sortBy) ?? columns[0];
  const wanted = filter.trim().toLowerCase();
  const sign = isDescending ? -1 : 1;
  return rows
    .filter(
      (row) =>
        (workloadClass === undefined || row.class === workloadClass) &&
        (wanted === '' || `${row.name}\n${row.kind}\n${row.class}`.toLowerCase().includes(wanted)),
    )
    .map((row) => ({ row, by: column?.value(row) }))
    .sort((a, b) => {
      if (a.by === undefined || b.by === undefined)
        return (a.by === undefined ? 1 : 0) - (b.by === undefined ? 1 : 0);
      if (typeof a.by === 'string' || typeof b.by === 'string')
        return sign * String(a.by).localeCompare(String(b.by));
      return sign * ((a.by || UNKNOWN) - (b.by || UNKNOWN));
    })
    .map(({ row }) => row);
};
