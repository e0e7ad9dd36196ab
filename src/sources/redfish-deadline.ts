import { BmcError } from './redfish-error.ts';

/**
 * Does some work within a time-out. The signal that it gets ends at the time-out or when `unwanted` does, and every
 * request under it ends with it; then this rejects with that reason, whatever the work itself rejects with.
 *
 * @param timeout seconds.
 */
export const within = async <T>(
  url: string,
  timeout: number,
  work: (signal: AbortSignal) => Promise<T>,
  unwanted?: AbortSignal,
): Promise<T> => {
  const abort = new AbortController();
  const { signal } = abort;
  const late = new BmcError('retry', `${url} gave no answer within ${timeout} s`, {
    fix: 'Try it with curl; restart the BMC if it hangs, or raise sources.redfish.timeout if it is slow.',
  });
  const timer = setTimeout(() => abort.abort(late), timeout * 1000);
  timer.unref();
  const end = (): void => abort.abort();
  unwanted?.addEventListener('abort', end, { once: true });
  if (unwanted?.aborted === true) end();
  try {
    return await work(signal);
  } catch (cause) {
    throw signal.reason === late ? late : cause;
  } finally {
    clearTimeout(timer);
    unwanted?.removeEventListener('abort', end);
  }
};
