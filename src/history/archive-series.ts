import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { canonical } from '../model/canonical-json.ts';
import type { HistoryEngine, HistoryRequest, NamedQuery, WorkTerm } from '../model/history.ts';

const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 24);

/** What all series of an engine begin with: other queries are other figures, the same behind another address are not. */
export const sourceOf = ({ about }: HistoryEngine): string =>
  short(
    canonical([about.engine, about.engine === 'csv' ? resolve(about.where) : [about.method, about.queries]]),
  );

/** Names of the series of a request. What is counted for the whole scope is of these hosts alone. */
export const namesOf = (source: string, { step, hosts, work, drivers, guards }: HistoryRequest) => {
  const scope = short(canonical([...hosts].sort()));
  const name = (...parts: readonly unknown[]): string => `${source} ${canonical([step, ...parts])}`;
  const ofScope = (kind: string, term: WorkTerm | NamedQuery): string =>
    term.query === undefined || term.query.includes('$') ? name(kind, term, scope) : name(kind, term);
  return {
    host: (host: string) => name('host', host),
    hostWork: (host: string, term: WorkTerm) => name('work of host', host, term),
    conditions: name('conditions', scope),
    terms: [
      ...work.map((term) => ofScope('work', term)),
      ...drivers.map((term) => ofScope('driver', term)),
      ...guards.map((term) => ofScope('guard', term)),
    ],
  };
};
export type Names = ReturnType<typeof namesOf>;

/** Series that a day is whole with; work of hosts is there where it is counted by host. */
export const neededOf = (names: Names, { hosts }: HistoryRequest): readonly string[] => [
  ...hosts.map(names.host),
  names.conditions,
  ...names.terms,
];

/** Those, and work of hosts. */
export const seriesOf = (names: Names, request: HistoryRequest): readonly string[] => [
  ...neededOf(names, request),
  ...request.hosts.flatMap((host) => request.work.map((term) => names.hostWork(host, term))),
];
