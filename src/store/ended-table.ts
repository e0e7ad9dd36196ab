import { type EndedWorkload, PARTIAL_REASONS } from '../model/ended.ts';
import { QUALITIES } from '../model/usage.ts';
import type { WorkloadKind } from '../model/workload.ts';
import { grams, joules, seconds } from '../units.ts';
import type { Connection } from './database.ts';
import { DamagedRow } from './errors.ts';
import { query, sameNames } from './query.ts';
import type { Retention } from './retention.ts';
import { wrongInEnded } from './store.ts';
import { jsonIn, qualityIn } from './unlikely.ts';

/** Which ended workloads are asked for. */
export interface EndedQuery {
  /** Those that ended at this time or later, milliseconds since 1970 UTC. */
  readonly since?: number | undefined;
  readonly class?: string | undefined;
  readonly kind?: string | undefined;
}

/** One row for each ended workload. Every function throws SQLite's errors, `read` DamagedRow too. */
export interface EndedTable {
  /** Within the caller's transaction. */
  add(ended: readonly EndedWorkload[]): void;
  /** Newest end first. */
  read(query: EndedQuery): readonly EndedWorkload[];
  prune(wall: number, retention: Retention): void;
}

interface Row {
  readonly workload: string;
  readonly kind: WorkloadKind;
  readonly class: string;
  readonly name: string;
  readonly labels: string;
  readonly start_milliseconds: number;
  readonly end_milliseconds: number;
  readonly cpu_joules: number;
  readonly memory_joules: number;
  readonly gpu_joules: number;
  readonly other_joules: number;
  readonly static_share_joules: number;
  readonly location_grams: number | null;
  readonly market_grams: number | null;
  readonly cpu_seconds: number;
  readonly gpu_seconds: number;
  readonly work: string;
  readonly quality: number | null;
  readonly source: string | null;
  readonly partial: string;
}

const COLUMNS = sameNames([
  ...['workload', 'kind', 'class', 'name', 'labels', 'start_milliseconds', 'end_milliseconds'],
  ...['cpu_joules', 'memory_joules', 'gpu_joules', 'other_joules', 'static_share_joules'],
  ...['location_grams', 'market_grams', 'cpu_seconds', 'gpu_seconds', 'work', 'quality', 'source', 'partial'],
] as (keyof Row)[]);

/** A clock that is wrong for a while must not empty the list: so many go by their age at a time, once an hour. */
const MOST_AT_ONCE = 1000;

export const openEndedTable = (db: Connection): EndedTable => ({
  add: (ended) => {
    if (ended.length === 0) return;
    const put =
      db.prepare(`INSERT INTO ended_workload (workload, kind, class, name, labels, start_milliseconds,
      end_milliseconds, cpu_joules, memory_joules, gpu_joules, other_joules, static_share_joules, location_grams,
      market_grams, cpu_seconds, gpu_seconds, work, quality, source, partial)
      VALUES (${Array.from({ length: 20 }, () => '?').join(', ')})`);
    for (const one of ended) {
      put.run(
        ...[one.id, one.kind, one.class, one.name, JSON.stringify(one.labels), one.start, one.end],
        ...[one.dynamic.cpu, one.dynamic.memory, one.dynamic.gpu, one.dynamic.other, one.staticShare],
        ...[one.location ?? null, one.market ?? null, one.cpu, one.gpu, JSON.stringify([...one.work])],
        one.quality === undefined ? null : QUALITIES.indexOf(one.quality),
        ...[one.source ?? null, one.partial.join(' ')],
      );
    }
  },
  read: ({ since = Number.NEGATIVE_INFINITY, class: ofClass, kind }) => {
    const conditions = ['ended_workload.end_milliseconds >= ?'];
    const values: (string | number)[] = [Math.max(since, -Number.MAX_VALUE)];
    if (ofClass !== undefined) {
      conditions.push('ended_workload.class = ?');
      values.push(ofClass);
    }
    if (kind !== undefined) {
      conditions.push('ended_workload.kind = ?');
      values.push(kind);
    }
    const rest = `WHERE ${conditions.join(' AND ')}
      ORDER BY ended_workload.end_milliseconds DESC, ended_workload.number DESC`;
    return query<Row>(db, COLUMNS, 'ended_workload', rest, ...values).map(endedOf);
  },
  prune: (wall, { jobs, mostJobs }) => {
    db.prepare(
      `DELETE FROM ended_workload WHERE number IN (SELECT number FROM ended_workload
       WHERE end_milliseconds < ? ORDER BY end_milliseconds LIMIT ?)`,
    ).run(wall - jobs * 1000, MOST_AT_ONCE);
    db.prepare(
      `DELETE FROM ended_workload WHERE number IN (SELECT number FROM ended_workload
       ORDER BY end_milliseconds DESC, number DESC LIMIT -1 OFFSET ?)`,
    ).run(mostJobs);
  },
});

const endedOf = (row: Row): EndedWorkload => {
  const quality = qualityIn(row.quality);
  const reasons = row.partial.split(' ');
  const one: EndedWorkload = {
    id: row.workload,
    kind: row.kind,
    class: row.class,
    name: row.name,
    labels: jsonIn(row.labels) as EndedWorkload['labels'],
    start: row.start_milliseconds,
    end: row.end_milliseconds,
    dynamic: {
      cpu: joules(row.cpu_joules),
      memory: joules(row.memory_joules),
      gpu: joules(row.gpu_joules),
      other: joules(row.other_joules),
    },
    staticShare: joules(row.static_share_joules),
    ...(row.location_grams === null ? {} : { location: grams(row.location_grams) }),
    ...(row.market_grams === null ? {} : { market: grams(row.market_grams) }),
    cpu: seconds(row.cpu_seconds),
    gpu: seconds(row.gpu_seconds),
    work: new Map(jsonIn(row.work) as [string, number][]),
    ...(quality && { quality }),
    ...(row.source === null ? {} : { source: row.source }),
    partial: PARTIAL_REASONS.filter((reason) => reasons.includes(reason)),
  };
  const wrong = wrongInEnded(one);
  if (wrong !== undefined) throw new DamagedRow(wrong);
  return one;
};
