import { GridError } from '../model/grid.ts';

/** Tokens live 30 minutes (WattTime API v3, /login); a new one is fetched before. */
const RENEW = 25 * 60_000;

export interface Session {
  /**
   * Asks with a token. One from before that is refused is replaced once: it may have been withdrawn. A new one that is
   * refused stays refused, so a wrong region costs one login and not one more each time.
   *
   * @param login fetches a token; what it throws ends the question.
   */
  ask<T>(now: number, login: () => Promise<string>, question: (token: string) => Promise<T>): Promise<T>;
}

export const createSession = (): Session => {
  let held: { readonly token: string; readonly since: number } | undefined;
  const renew = async (now: number, login: () => Promise<string>): Promise<string> => {
    held = undefined;
    const token = await login();
    held = { token, since: now };
    return token;
  };
  return {
    ask: async (now, login, question) => {
      // A clock that was set back makes no token younger.
      const old =
        held !== undefined && now >= held.since && now - held.since < RENEW ? held.token : undefined;
      if (old === undefined) return question(await renew(now, login));
      try {
        return await question(old);
      } catch (error) {
        if (!(error instanceof GridError) || error.kind !== 'refused') throw error;
      }
      return question(await renew(now, login));
    },
  };
};
