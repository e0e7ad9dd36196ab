import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { stringify } from 'yaml';
import { BOARDS } from './boards/index.ts';
import { boardOf } from './kit/board.ts';
import { dataSourceFile, PROVIDER_FILE } from './provisioning.ts';
import { ALERTS } from './rules/alerts.ts';
import { RECORDING } from './rules/recording.ts';
import type { RuleFile } from './rules/rule.ts';

const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;
const HEAD = '# Generated from dashboards/ by `npm run dashboards`: do not edit.\n';
const yaml = (value: unknown): string => HEAD + stringify(value, { lineWidth: 0 });

/** For import by hand: Grafana asks which data source it is, and the choice starts with that one. */
const forImport = (board: Dashboard): unknown => ({
  __inputs: [
    {
      ...{ name: 'DS_PROMETHEUS', label: 'Prometheus', description: 'Where the series of the agents are' },
      ...{ type: 'datasource', pluginId: 'prometheus', pluginName: 'Prometheus' },
    },
  ],
  __elements: {},
  __requires: [
    { type: 'grafana', id: 'grafana', name: 'Grafana', version: '10.0.0' },
    { type: 'datasource', id: 'prometheus', name: 'Prometheus', version: '1.0.0' },
    ...[...new Set((board.panels ?? []).flatMap(({ type }) => (type === 'row' ? [] : [type])))]
      .sort()
      .map((id) => ({ type: 'panel', id, name: id, version: '' })),
  ],
  ...board,
  templating: {
    list: (board.templating?.list ?? []).map((variable) =>
      variable.name === 'datasource'
        ? { ...variable, current: { selected: true, text: '${DS_PROMETHEUS}', value: '${DS_PROMETHEUS}' } }
        : variable,
    ),
  },
});

const rules = (file: RuleFile): string => yaml({ groups: file });

/** Every file below `out/`, by its path. */
export const outputs = (): ReadonlyMap<string, string> => {
  const files = new Map<string, string>();
  for (const spec of BOARDS) {
    const board = boardOf(spec);
    files.set(`${spec.uid}.json`, json(board));
    files.set(`import/${spec.uid}.json`, json(forImport(board)));
  }
  files.set('provisioning/dashboards/negawatt.yaml', yaml(PROVIDER_FILE));
  files.set('provisioning/datasources/negawatt.yaml', yaml(dataSourceFile()));
  files.set('rules/negawatt-recording.yaml', rules(RECORDING));
  files.set('rules/negawatt-alerts.yaml', rules(ALERTS));
  return files;
};
