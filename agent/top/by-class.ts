import { type RowUse, ratio, watts } from '../../src/index.ts';

/** Rows without an owner stay as they are. */
export const RESERVED: ReadonlySet<string> = new Set(['idle', 'other', 'ended']);

/** Rows of one group are shown as one: the key, of a row of its own and of the one that they become. */
export const groupOf = ({ kind, class: rowClass }: RowUse): string =>
  RESERVED.has(kind) ? kind : `class ${rowClass}`;

/** One row a class: power, share and time in use added up over those of its workloads that tell any. */
export const byClass = (rows: readonly RowUse[]): readonly RowUse[] => {
  const groups = new Map<string, RowUse[]>();
  for (const row of rows) groups.set(groupOf(row), [...(groups.get(groupOf(row)) ?? []), row]);
  return [...groups.values()].map(together);
};

const sum = (values: readonly (number | undefined)[]): number | undefined => {
  const known = values.filter((one) => one !== undefined);
  return known.length === 0 ? undefined : known.reduce((all, one) => all + one, 0);
};

const together = (rows: readonly RowUse[]): RowUse => {
  const [first] = rows as [RowUse];
  if (RESERVED.has(first.kind) && rows.length === 1) return first;
  const dynamic = sum(rows.map(({ dynamicWatts }) => dynamicWatts));
  const fixed = sum(rows.map(({ staticShareWatts }) => staticShareWatts));
  const share = sum(rows.map((row) => row.share));
  const processors = sum(rows.map((row) => row.processors));
  const gpus = sum(rows.map((row) => row.gpus));
  const resources = [
    ...new Set(rows.flatMap(({ powerByResource = [] }) => powerByResource.map(({ resource }) => resource))),
  ];
  const powerByResource = resources.map((resource) => ({
    resource,
    powerWatts: watts(
      sum(rows.map((row) => row.powerByResource?.find((one) => one.resource === resource)?.powerWatts)) ?? 0,
    ),
  }));
  return {
    ...{ workload: first.workload, kind: first.kind, class: first.class, labels: {}, ended: false },
    name: `${RESERVED.has(first.kind) ? first.kind : first.class} (${rows.length})`,
    ...(dynamic === undefined ? {} : { dynamicWatts: watts(dynamic) }),
    ...(fixed === undefined ? {} : { staticShareWatts: watts(fixed) }),
    ...(powerByResource.length === 0 ? {} : { powerByResource }),
    ...(share === undefined ? {} : { share: ratio(share) }),
    ...(processors === undefined ? {} : { processors }),
    ...(gpus === undefined ? {} : { gpus }),
  };
};
