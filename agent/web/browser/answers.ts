/** The agent did not give what was asked: why, for people. */
export class NoAnswer extends Error {}

const PATIENCE_MS = 10_000;

/** JSON of the API. Throws NoAnswer. @param isOptional a path that this agent may not have: then undefined. */
export const ask = async <T>(path: string, isOptional = false): Promise<T | undefined> => {
  let answer: Response;
  try {
    answer = await fetch(path, {
      signal: AbortSignal.timeout(PATIENCE_MS),
      headers: { Accept: 'application/json' },
    });
  } catch {
    throw new NoAnswer('The agent does not answer');
  }
  if (answer.ok) return (await answer.json()) as T;
  if (answer.status === 404 && isOptional) return undefined;
  if (answer.status === 401 || answer.status === 403)
    throw new NoAnswer('The agent asks for a login: load this page again');
  const why = (await answer.text().catch(() => '')).trim().split('\n')[0] ?? '';
  throw new NoAnswer(`The agent answers ${path} with status ${answer.status}${why === '' ? '' : `: ${why}`}`);
};
