export { gramsPerHour } from './emission-rate.ts';
export { type GreenestJson, type GreenestQuery, greenestJson } from './greenest-json.ts';
export { type Guests, openGuests } from './guests.ts';
export { type GuestJson, guestJson } from './guests-json.ts';
export type {
  ComponentJson,
  EmbodiedJson,
  EmissionSeriesJson,
  EmissionsJson,
  FactorJson,
  GpuJson,
  HostFigures,
  HostJson,
  SciJson,
  SourceJson,
  WorkloadJson,
} from './host-json.ts';
export { type HostUse, hostUse, type RowUse } from './host-use.ts';
export { type Counters, hostJson, sourcesJson } from './json.ts';
export { type IntervalReport, type IntervalRow, onceReport } from './once.ts';
export type { PushEvent, Pusher } from './otlp-push.ts';
export {
  type CalendarJson,
  type CalendarSpanJson,
  calendarSpan,
  type PastJson,
  pastJson,
} from './past-json.ts';
export { resourcesByDomain } from './power-by-resource.ts';
export { type PowerJson, powerJson } from './power-json.ts';
export { createPrometheusExporter, type ExpositionFormat, type PrometheusExporter } from './prometheus.ts';
export { type GroupBy, groupRows, type RowGroup } from './row-groups.ts';
export { createTextfile, type Textfile, type TextfileTrouble, textfileTrouble } from './textfile.ts';
export { toTextfile } from './to-send.ts';
