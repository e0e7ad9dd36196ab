export { type Guests, openGuests } from './guests.ts';
export { type GuestJson, guestJson } from './guests-json.ts';
export type {
  ComponentJson,
  EmissionSeriesJson,
  EmissionsJson,
  FactorJson,
  HostFigures,
  HostJson,
  SourceJson,
  WorkloadJson,
} from './host-json.ts';
export { hostJson, sourcesJson } from './json.ts';
export { type IntervalReport, type IntervalRow, onceReport } from './once.ts';
export { createPrometheusExporter, type PrometheusExporter } from './prometheus.ts';
