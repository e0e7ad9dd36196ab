import type { HostUse } from '../../src/index.ts';
import type { Shown } from './shown.ts';
import { wattsOf } from './trend.ts';
import { rowsInView, START } from './view.ts';

/** The format of this document; a key that is taken away or means something else raises it. */
const FORMAT = 1;

type Row = HostUse['rows'][number];

/** What ran between two samples, largest power first, for scripts. What is not known is absent. @param from where it was read, in words. */
export const useJson = (shown: Shown, from: string): string => {
  const { host, use } = shown;
  const { name, quality, source, errorBand } = host.host;
  return `${JSON.stringify(
    {
      format: FORMAT,
      ...(host.example === undefined ? {} : { example: host.example }),
      ...{ host: name, from, time: host.time, intervalSeconds: use.seconds },
      ...{ powerWatts: use.watts, staticWatts: use.staticWatts, quality, source, errorBand },
      workloads: rowsInView(shown, START).map(rowJson),
    },
    null,
    2,
  )}\n`;
};

/** Keys as in `/api/v1/workloads`, with means over the interval beside them. */
const rowJson = (row: Row) => {
  const { workload, kind, class: workloadClass, name, labels, ended } = row;
  return {
    ...{ workload, kind, class: workloadClass, name, labels, ended },
    ...{ powerWatts: wattsOf(row), dynamicWatts: row.dynamicWatts, staticShareWatts: row.staticShareWatts },
    ...{ powerShare: row.share, powerByResource: row.powerByResource },
    ...{ processors: row.processors, gpus: row.gpus },
    ...{ energyPerWork: row.energyPerWork, sci: row.sci },
  };
};
