import type { Snapshot } from '../src/index.ts';
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

/** What a person sees when the agent starts: where to look, what was found, what was not and why. */
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
  const sources = agent.statuses().map(({ source, state, why, fix }) => ({
    cells: [`  ${source}`, state, printable(why)],
    fix: fix === '' || state === 'up' || state === 'off' ? undefined : `  ${source}: ${fix}`,
  }));
  const fixes = sources.flatMap(({ fix }) => (fix === undefined ? [] : [fix]));
  return [
    `negawatt ${version} on ${snapshot.setting.inventory.hostName}`,
    ...facts.map(([name, text]) => `  ${name.padEnd(8)} ${text}`),
    '',
    table(
      ['  SOURCE', 'STATE', 'WHAT WAS FOUND, OR WHY NOT'],
      sources.map(({ cells }) => cells),
    ),
    ...(fixes.length === 0 ? [] : ['What to do:', ...fixes, '']),
  ].join('\n');
};
