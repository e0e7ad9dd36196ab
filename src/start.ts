/**
 * What the command line takes of the library before it knows which command it is: loaded at every start, so this stays
 * small. All else is in `index.ts`.
 */
export { parseDuration } from './config/duration.ts';
export type { Problem } from './config/problem.ts';
export type { Config } from './config/schema.ts';
export { HIGH_ENOUGH, LOW_ENOUGH } from './energy/curve-fit.ts';
export { STATEMENT_FORMATS } from './exporters/statement.ts';
export { WORK_KINDS } from './model/work.ts';
export { readConfig, stopReading } from './reading.ts';
export { type Ratio, ratio, type Seconds, seconds } from './units.ts';
