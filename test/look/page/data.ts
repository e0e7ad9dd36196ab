/** From frames to what a chart is given: transformations, defaults and overrides, by Grafana's own code. */
import {
  applyFieldOverrides,
  cacheFieldDisplayNames,
  type DataFrame,
  type DataTransformerConfig,
  displayNameOverrideProcessor,
  type Field,
  type FieldConfigPropertyItem,
  type FieldConfigSource,
  FieldType,
  type GrafanaTheme2,
  identityOverrideProcessor,
  numberOverrideProcessor,
  Registry,
  type ScopedVars,
  standardTransformers,
  standardTransformersRegistry,
  stringOverrideProcessor,
  thresholdsOverrideProcessor,
  toDataFrame,
  transformDataFrame,
  unitOverrideProcessor,
  valueMappingsOverrideProcessor,
} from '@grafana/data';
import { firstValueFrom } from 'rxjs';
import type { Frame } from '../frames.ts';

standardTransformersRegistry.setInit(() =>
  // Some are there under two names.
  [...new Set(Object.values(standardTransformers))].map((transformation) => ({
    ...{ id: transformation.id, name: transformation.name },
    transformation: () => Promise.resolve(transformation),
    ...{ editor: () => null, imageDark: '', imageLight: '' },
  })),
);

const isNumber = (field: Field): boolean => field.type === FieldType.number;
const always = (): boolean => true;

/** What Grafana registers as standard options, without the editors. */
const STANDARD = [
  ['displayName', displayNameOverrideProcessor, always],
  ['unit', unitOverrideProcessor, always],
  ['noValue', stringOverrideProcessor, always],
  ['decimals', numberOverrideProcessor, isNumber],
  ['min', numberOverrideProcessor, isNumber],
  ['max', numberOverrideProcessor, isNumber],
  ['fieldMinMax', identityOverrideProcessor, isNumber],
  ['color', identityOverrideProcessor, isNumber],
  ['thresholds', thresholdsOverrideProcessor, isNumber],
  ['mappings', valueMappingsOverrideProcessor, always],
] as const;

/** Options of the panels that are used here, with the defaults of their plugins. */
const CUSTOM: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  timeseries: {
    ...{ drawStyle: 'line', lineInterpolation: 'linear', lineWidth: 1, fillOpacity: 0, gradientMode: 'none' },
    ...{ showPoints: 'auto', pointSize: 5, spanNulls: false, stacking: { mode: 'none', group: 'A' } },
    ...{
      axisPlacement: 'auto',
      axisLabel: '',
      fillBelowTo: undefined,
      scaleDistribution: undefined,
      thresholdsStyle: { mode: 'off' },
    },
  },
  barchart: { lineWidth: 1, fillOpacity: 80, gradientMode: 'none', axisPlacement: 'auto' },
  table: {
    ...{ align: 'auto', cellOptions: { type: 'auto' }, inspect: false, filterable: undefined },
    ...{ minWidth: undefined, width: undefined, hidden: undefined },
  },
};

const registryOf = (type: string): Registry<FieldConfigPropertyItem> => {
  const item = (id: string, path: string, more: object): FieldConfigPropertyItem =>
    ({ id, path, name: id, settings: {}, editor: () => null, override: () => null, ...more }) as never;
  return new Registry(() => [
    ...STANDARD.map(([id, process, shouldApply]) =>
      item(id, id, { process, shouldApply, settings: { expandTemplateVars: true } }),
    ),
    ...Object.keys(CUSTOM[type] ?? {}).map((id) =>
      item(`custom.${id}`, id, { isCustom: true, process: identityOverrideProcessor, shouldApply: always }),
    ),
  ]);
};

/** What Grafana puts in where a dashboard says nothing. */
const withDefaults = (type: string, { defaults, overrides }: FieldConfigSource): FieldConfigSource => {
  const steps = defaults.thresholds?.steps ?? [
    { value: null, color: 'green' },
    { value: 80, color: 'red' },
  ];
  return {
    defaults: {
      color: { mode: ['timeseries', 'barchart'].includes(type) ? 'palette-classic' : 'thresholds' },
      ...defaults,
      thresholds: {
        mode: defaults.thresholds?.mode ?? ('absolute' as never),
        steps: steps.map(({ value, color }) => ({ color, value: value ?? Number.NEGATIVE_INFINITY })),
      },
      custom: { ...CUSTOM[type], ...defaults.custom },
    },
    overrides: overrides ?? [],
  };
};

/** The one kind of text that our panels have filled in: labels in the name of a series. */
const interpolate = (text: string, scope?: ScopedVars): string =>
  text.replaceAll(
    /\$\{__field\.labels\.(\w+)\}/g,
    (_, label: string) => (scope?.__dataContext?.value.field as Field | undefined)?.labels?.[label] ?? '',
  );

export interface PanelData {
  readonly frames: DataFrame[];
  readonly fieldConfig: FieldConfigSource;
}

export const dataOf = async (
  panel: { type: string; transformations?: DataTransformerConfig[]; fieldConfig: FieldConfigSource },
  frames: readonly Frame[],
  theme: GrafanaTheme2,
): Promise<PanelData> => {
  const plain = frames.map((frame) => toDataFrame(frame));
  const transformed = await firstValueFrom(
    transformDataFrame(panel.transformations ?? [], plain, { interpolate }),
  );
  const fieldConfig = withDefaults(panel.type, panel.fieldConfig);
  const shown = applyFieldOverrides({
    ...{ data: transformed, fieldConfig, theme, timeZone: 'utc' },
    ...{ replaceVariables: interpolate, fieldConfigRegistry: registryOf(panel.type) as never },
  });
  cacheFieldDisplayNames(shown);
  return { frames: shown, fieldConfig };
};
