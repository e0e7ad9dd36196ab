import * as z from 'zod/mini';

/** Keys go over the line: without TLS only to this host itself. */
const SAFE = /^(https:\/\/|http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(\/|$))[^\s?#@]*$/;
const ANY = /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/;

/** Address of an interface, without the part that differs from question to question. */
export const address = (fallback: string, words = 'address of the interface, should it move') =>
  z._default(baseUrl(SAFE), fallback).check(z.describe(words));

/** Address of a service that the operator runs. */
export const ownAddress = (words: string) => baseUrl(ANY).check(z.describe(words));

const isAddress = (text: string): boolean => URL.canParse(text);
const baseUrl = (form: RegExp) => z.string().check(z.maxLength(300), z.regex(form), z.refine(isAddress));

export const timeout = () =>
  z
    ._default(z.number().check(z.gte(1), z.lte(30)), 20)
    .check(z.describe('seconds after which a question is given up'));

/** Codes of zones and regions: they become part of an address or of a query. */
export const code = (words: string) =>
  z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9_:.-]{0,63}$/), z.describe(words));

/** `path` below an address, with its query. */
export const below = (base: string, path: string, query: Readonly<Record<string, string>> = {}): URL => {
  const url = new URL(path, base.endsWith('/') ? base : `${base}/`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
};
