import type { EndedWorkload } from '../model/ended.ts';
import type { Found } from '../model/found.ts';
import { type EndedQuery, openEndedTable } from './ended-table.ts';
import { readBeside } from './read-beside.ts';

/**
 * Workloads that ended, newest end first, beside an agent that may be writing there. A file of the first release, which
 * kept none, has none. Absent where there is no state. Never throws.
 */
export const readEnded = (dir: string, query: EndedQuery): Promise<Found<readonly EndedWorkload[]>> =>
  readBeside(dir, (db, version) => (version < 2 ? [] : openEndedTable(db).read(query)));
