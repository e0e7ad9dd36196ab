import { ratio, watts } from '../units.ts';
import type { RowUse } from './host-use.ts';

/** What rows may be summed by: a label that they have. */
export type GroupBy = 'class' | 'namespace';

/** Rows that are summed; their figures are the sums of what is known of them. */
export interface RowGroup
  extends Pick<RowUse, 'dynamicWatts' | 'staticShareWatts' | 'share' | 'processors' | 'gpus'> {
  readonly name: string;
  readonly rows: number;
}

/** Rows without a namespace stand under this. */
export const NO_NAMESPACE = '(no namespace)';

/** Sums over a label. Pure. Law: each figure of the groups sums to that of the rows. */
export const groupRows = (rows: readonly RowUse[], by: GroupBy): readonly RowGroup[] => {
  const groups = new Map<string, RowUse[]>();
  for (const row of rows) {
    const name = by === 'class' ? row.class : (row.labels.k8s_namespace_name ?? NO_NAMESPACE);
    const held = groups.get(name);
    if (held === undefined) groups.set(name, [row]);
    else held.push(row);
  }
  return [...groups].map(([name, members]) => ({
    name,
    rows: members.length,
    ...total('dynamicWatts', members, watts),
    ...total('staticShareWatts', members, watts),
    ...total('share', members, ratio),
    ...total('processors', members, Number),
    ...total('gpus', members, Number),
  }));
};

/** The sum of a figure as a field; absent where no row has it. */
const total = <K extends 'dynamicWatts' | 'staticShareWatts' | 'share' | 'processors' | 'gpus', T>(
  key: K,
  rows: readonly RowUse[],
  unit: (value: number) => T,
): { readonly [P in K]?: T } => {
  const values = rows.flatMap((row) => row[key] ?? []);
  if (values.length === 0) return {};
  return { [key]: unit(values.reduce<number>((sum, value) => sum + value, 0)) } as { readonly [P in K]?: T };
};
