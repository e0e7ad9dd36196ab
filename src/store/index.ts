export { defaultStateDirectory } from './directory.ts';
export { memoryStore } from './memory.ts';
export { readPins, writePins } from './pins.ts';
export { openSqliteStore } from './sqlite.ts';
export type { Store } from './store.ts';
