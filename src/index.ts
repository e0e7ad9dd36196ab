/** What the library offers: types, and factories that load what is heavy only when called. */
export {
  BUSY_HOST,
  type Burner,
  CALIBRATION_METHOD,
  type Calibration,
  type CalibrationPlan,
  type CalibrationProgress,
  calibrate,
  SETTLE,
  WATCHED,
} from './calibrate.ts';
export { exampleMark, exampleNotice } from './carbon/example.ts';
export type { CarbonAt, CarbonInForce } from './carbon/in-force.ts';
export type { Activity } from './carbon/statement-activity.ts';
export type { StatementInput } from './carbon/statement-input.ts';
export {
  annotatedDefaults,
  type Config,
  classRulesOf,
  exampleOf,
  gridZoneOf,
  isExample,
  jsonSchema,
  type LoadedConfig,
  loadConfig,
  type Problem,
  printConfig,
} from './config/index.ts';
export { BAND_QUANTILE, type FittedPoint, HIGH_ENOUGH, LOW_ENOUGH } from './energy/curve-fit.ts';
export { powerAt } from './energy/load-curve.ts';
export type { MeterEvent } from './energy/span.ts';
export { createEngine, type Engine } from './engine.ts';
export {
  type Counters,
  createPrometheusExporter,
  type GroupBy,
  type GuestJson,
  type Guests,
  gramsPerHour,
  groupRows,
  guestJson,
  type HostJson,
  type HostUse,
  hostJson,
  hostUse,
  type IntervalReport,
  onceReport,
  openGuests,
  type RowGroup,
  type RowUse,
} from './exporters/index.ts';
export { STATEMENT_FORMATS, type StatementFormat } from './exporters/statement.ts';
export { openFactors } from './factors.ts';
export { METHOD_VERSION, METRIC_NAMES, METRICS, type Metric, type MetricName, metricOf } from './metrics.ts';
export { absent, type Found, found } from './model/found.ts';
export type { Inventory } from './model/host.ts';
export type { LoadCurve } from './model/meter.ts';
export type { Sample, SourceStatus } from './model/sample.ts';
export type { HostPaths, Source } from './model/source.ts';
export type { EnginePolicy } from './pipeline.ts';
export type { Setting, Snapshot } from './snapshot.ts';
export {
  CURVE_FORMAT,
  type CurveFile,
  createSampler,
  createSources,
  curveFor,
  fullInventory,
  type Hardware,
  type HardwareLibrary,
  mayWriteCurve,
  quickInventory,
  readCurveFile,
  readHardware,
  type Sampler,
  systemClock,
  writeCurve,
} from './sources/index.ts';
export { defaultStateDirectory, memoryStore, openSqliteStore, type Store } from './store/index.ts';
export { bytes, type Ratio, ratio, type Seconds, seconds, type Watts, watts } from './units.ts';
export {
  createWork,
  LONGEST_PUSH,
  type PushReply,
  type PushWay,
  refuseStranger,
  type Work,
} from './work/index.ts';

/** What `negawatt report` needs, loaded when it is called: the agent that runs never pays for it. */
export const openStatements = () => import('./statements.ts');
