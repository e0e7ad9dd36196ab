/** What the library offers: types, and factories that load what is heavy only when called. */
import type { Pusher } from './exporters/index.ts';
import type { OtlpInput } from './exporters/otlp.ts';

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
export { type Calendar, calendarOf } from './carbon/calendar.ts';
export { type EmbodiedOptions, embodiedPolicy, hostFigure } from './carbon/embodied.ts';
export { exampleMark, exampleNotice } from './carbon/example.ts';
export type { CarbonAt, CarbonInForce } from './carbon/in-force.ts';
export type { LiveSeries } from './carbon/live.ts';
export type { Activity } from './carbon/statement-activity.ts';
export type { StatementInput } from './carbon/statement-input.ts';
export { localTime, utcTime } from './carbon/tariff.ts';
export { classRulesOf } from './config/class-rules.ts';
export { parseDuration } from './config/duration.ts';
export type { LoadedConfig } from './config/load.ts';
export { exampleOf, gridZoneOf, hasNoPort, isExample } from './config/meaning.ts';
export type { Problem } from './config/problem.ts';
export type { Config } from './config/schema.ts';
export type { LoadedWebFile, WebFile } from './config/web-file.ts';
export type { WebTls } from './config/web-tls.ts';
export { BAND_QUANTILE, type FittedPoint, HIGH_ENOUGH, LOW_ENOUGH } from './energy/curve-fit.ts';
export { powerAt } from './energy/load-curve.ts';
export type { MeterEvent } from './energy/span.ts';
export { createEngine, type Engine } from './engine.ts';
export type { DetectableRow } from './evaluate-detectable.ts';
export type { EvaluatedMeasure, MeasureToEvaluate } from './evaluating-thread.ts';
export {
  type CalendarJson,
  type CalendarSpanJson,
  type Counters,
  calendarSpan,
  createPrometheusExporter,
  createTextfile,
  type ExpositionFormat,
  type GreenestJson,
  type GreenestQuery,
  type GroupBy,
  type GuestJson,
  type Guests,
  gramsPerHour,
  greenestJson,
  groupRows,
  guestJson,
  type HostJson,
  type HostUse,
  hostJson,
  hostUse,
  type IntervalReport,
  onceReport,
  openGuests,
  type PastJson,
  type PowerJson,
  type PushEvent,
  type Pusher,
  pastJson,
  powerJson,
  type RowGroup,
  type RowUse,
  resourcesByDomain,
  type Textfile,
  type TextfileTrouble,
  textfileTrouble,
  toTextfile,
} from './exporters/index.ts';
export type { OtlpHandover, OtlpInput } from './exporters/otlp.ts';
export { STATEMENT_FORMATS, type StatementFormat } from './exporters/statement.ts';
export { openFactors } from './factors.ts';
export type { GridCache, GridEntry, GridEvent, GridRefresh } from './grid/index.ts';
export { type GridDocument, type GridJson, gridDocument } from './grid/serve.ts';
export {
  METHOD_VERSION,
  METRIC_NAMES,
  METRICS,
  type Metric,
  type MetricName,
  metricOf,
  type Point,
} from './metrics.ts';
export type { MeasureArm } from './model/arm.ts';
export type { Comparison, MeasureReport } from './model/comparison.ts';
export { counted } from './model/counted.ts';
export type { EmbodiedFigure, EmbodiedPolicy, EmbodiedTables } from './model/embodied.ts';
export { type EndedWorkload, energyOfEnded, type PartialReason } from './model/ended.ts';
export { type EndedPod, endedPods } from './model/ended-pods.ts';
export type { DesignName } from './model/estimate.ts';
export type { FactorStatus } from './model/factor.ts';
export { absent, type Found, found } from './model/found.ts';
export type { GridState } from './model/grid-state.ts';
export type { HistoryEngine, TimeWindow, WorkTerm } from './model/history.ts';
export type { Inventory } from './model/host.ts';
export { MEASURE_KINDS, type MeasureKind, type MeasurePlan } from './model/measure.ts';
export type { LoadCurve } from './model/meter.ts';
export type { AdderPins, FactorPins } from './model/pins.ts';
export { NO_PUSHES, type PushState } from './model/push-state.ts';
export type { Sample, SourceStatus } from './model/sample.ts';
export type { HostPaths, Source } from './model/source.ts';
export { HOUR, MINUTE, type Usage } from './model/usage.ts';
export { WORK_KINDS } from './model/work.ts';
export type { EnginePolicy } from './pipeline.ts';
export { readApart, readWebFile } from './reading.ts';
export type { TouchedControl } from './savings/plan-overlaps.ts';
export type { WrittenMeasure } from './savings/written-measure.ts';
export type { MeasureStandingJson } from './savings-standing.ts';
export type { LastReload, Setting, Snapshot } from './snapshot.ts';
export {
  CURVE_FORMAT,
  type CurveFile,
  createSampler,
  createSources,
  curveFor,
  embodiedTables,
  exitNow,
  fullInventory,
  type Hardware,
  type HardwareLibrary,
  mayWriteCurve,
  quickInventory,
  readHardware,
  type Sampler,
  systemClock,
  writeCurve,
} from './sources/index.ts';
export {
  defaultStateDirectory,
  type EndedQuery,
  memoryStore,
  openSqliteStore,
  readAdderPins,
  readEnded,
  readPins,
  type Store,
  writeAdderPins,
  writePins,
} from './store/index.ts';
export {
  bytes,
  gramsPerKWh,
  type Joules,
  type Ratio,
  ratio,
  type Seconds,
  seconds,
  toKilowattHours,
  toYears,
  type Watts,
  watts,
} from './units.ts';
export {
  createWork,
  type Gauge,
  LONGEST_PUSH,
  openGauge,
  type PushReply,
  type PushWay,
  refuseStranger,
  type Work,
} from './work/index.ts';

/** What `negawatt report` needs, loaded when it is called: the agent that runs never pays for it. */
export const openStatements = () => import('./statements.ts');

/** Simulated hosts, loaded by `negawatt demo` alone. */
export const openLab = () => import('./lab/index.ts');

/** Comparisons and verdicts over a history, loaded by the commands that make them. */
export const openComparing = () => import('./comparing.ts');

/** Plans of measures and their on/off tests, loaded where measures are configured, and by their commands. */
export const openPlans = () => import('./plans.ts');

/** The schema of the configuration with all that is made from it; to read one, `readConfig`. */
export const openConfiguration = () => import('./config/index.ts');

/** Reads files of measured load curves. */
export const openCurveFiles = () => import('./sources/curve-file.ts');

/** Providers of live grid data, loaded where one is configured. */
export const openGrid = () => import('./grid/index.ts');

/** Checks what the push over OTLP needs of TLS, loaded where files of it are named. */
export const openOtlpTls = () => import('./exporters/otlp-tls.ts');

/** The push over OTLP with its serialiser, loaded only where one is configured. */
export const openOtlp = async (input: OtlpInput): Promise<Pusher> =>
  (await import('./exporters/otlp.ts')).createOtlp(input);
