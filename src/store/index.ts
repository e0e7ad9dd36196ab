export { defaultStateDirectory } from './directory.ts';
export type { EndedQuery } from './ended-table.ts';
export { memoryStore } from './memory.ts';
export { readAdderPins, readPins, writeAdderPins, writePins } from './pins.ts';
export { readEnded } from './read-ended.ts';
export { readUsageHours, readUsageSpan } from './read-usage.ts';
export type { Retention } from './retention.ts';
export { openSqliteStore } from './sqlite.ts';
export type { Store } from './store.ts';
