import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import type { PanelSpec } from './spec.ts';

/** The dashboard of a host. */
export const HOST_UID = 'negawatt-host';

/** Choices and times as they are, and one host. @param instance as a text of Grafana that stands for it. */
const toHost = (instance: string): dashboard.DynamicConfigValue => ({
  id: 'links',
  value: [
    {
      title: 'Host',
      url: [
        `/d/${HOST_UID}?var-instance=${instance}`,
        ...['datasource', 'job', 'cluster'].map((choice) => `\${${choice}:queryparam}`),
        '${__url_time_range}',
      ].join('&'),
      targetBlank: false,
    },
  ],
});

const isByHost = ({ asks }: PanelSpec): boolean => asks.some(({ legend }) => legend.includes('{{instance}}'));

interface Overridden {
  overrideByName(name: string, properties: dashboard.DynamicConfigValue[]): unknown;
  overrideByFieldType(type: string, properties: dashboard.DynamicConfigValue[]): unknown;
}

/** What is named after a host leads to its dashboard. */
export const withHostLinks = (builder: Overridden, panel: PanelSpec): void => {
  if (isByHost(panel))
    builder.overrideByFieldType('number', [toHost('${__field.labels.instance:percentencode}')]);
};

/** Names of hosts in a table lead to their dashboards. */
export const withHostColumn = (builder: Overridden, { first = [] }: PanelSpec): void => {
  if (first.includes('instance'))
    builder.overrideByName('instance', [toHost('${__value.raw:percentencode}')]);
};
