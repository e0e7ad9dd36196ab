import type { Snapshot, SourceStatus } from '../src/index.ts';
import type { Agent } from './compose.ts';
import type { Loaded } from './configuration.ts';
import { gridZoneLine } from './grid-zone.ts';
import { printable, table } from './table.ts';
import { version } from './version.ts';

export interface BannerInput {
  readonly loaded: Loaded;
  readonly agent: Agent;
  readonly snapshot: Snapshot;
  /** `http://127.0.0.1:10202` as bound; undefined where no port is opened. */
  readonly url: string | undefined;
  /** Where the state is kept. */
  readonly store: string;
}

/** What a person sees when the agent starts: what was found, what was not and why; last, where a screen ends, where to look. */
export const banner = ({ loaded, agent, snapshot, url, store }: BannerInput): string => {
  const { config, file } = loaded;
  const { otlp, textfile } = config.export;
  const facts: readonly (readonly [string, string])[] = [
    ...(url === undefined
      ? ([['port', 'none is opened (web.listen_address)']] as const)
      : ([
          ['metrics', `${url}${config.web.telemetry_path}`],
          ['page', `${url}/`],
        ] as const)),
    ...(otlp.url === undefined ? [] : ([['otlp', `${otlp.url}, each ${otlp.interval} s`]] as const)),
    ...(textfile.path === undefined ? [] : ([['textfile', textfile.path]] as const)),
    ['zone', printable(gridZoneLine(config, agent.carbonAt(Date.now())))],
    ['state', store],
    ['config', file ?? 'defaults'],
  ];
  return [
    ...sourceLines(agent),
    '',
    `negawatt ${version} on ${snapshot.setting.inventory.hostName}`,
    ...facts.map(([name, text]) => `  ${name.padEnd(8)} ${text}`),
    '',
  ].join('\n');
};

/** What is read, then what could be and how; what this host does not have is one line. */
const sourceLines = (agent: Agent): readonly string[] => {
  const all = agent.statuses();
  const isUp = ({ state }: SourceStatus): boolean => state === 'up';
  const idle = all.filter(({ state, fix }) => state === 'off' || (state === 'absent' && fix === ''));
  const shown = [...all.filter(isUp), ...all.filter((one) => !isUp(one) && !idle.includes(one))];
  const lines = table(
    ['SOURCE', 'STATE', 'WHAT WAS FOUND, OR WHY NOT'],
    shown.map(({ source, state, why }) => [source, state, printable(why)]),
  )
    .trimEnd()
    .split('\n');
  return [
    ...lines.flatMap((line, at) => {
      const of = shown[at - 1];
      return of === undefined || isUp(of) || of.fix === '' ? [line] : [line, `  to do: ${of.fix}`];
    }),
    ...(idle.length === 0
      ? []
      : [`not here or switched off: ${idle.map(({ source }) => source).join(', ')} (why: negawatt doctor)`]),
  ];
};
