import { createRequire } from 'node:module';

/**
 * Ends the program by _exit(2): no thread is waited for, as Node does at its own end, for ever where one is held in the
 * kernel or in a driver. Only after all that was to be done.
 */
export const exitNow = (code: number): void => {
  const { load } = createRequire(import.meta.url)('koffi') as typeof import('koffi');
  load(null).func('_exit', 'void', ['int'])(code);
};
