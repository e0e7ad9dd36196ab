import { join, resolve } from 'node:path';
import { absent, type Found, found } from '../model/found.ts';
import type { PersistedState } from '../model/state.ts';
import { askForCheck, damageOf, forgetCheck } from './check.ts';
import { type Connection, connect, makeDurable, tune } from './database.ts';
import { explain, isDamaged, storeError } from './errors.ts';
import { hasLog, isEmptyBesideLog, makeDirectory, makeFile, narrow, setAside } from './files.ts';
import { type Lock, lockDirectory } from './lock.ts';
import { logOnDisk } from './log-on-disk.ts';
import { DEFAULT_RETENTION, type Retention } from './retention.ts';
import { migrate, readVersion } from './schema.ts';
import { checkStorable, type Store } from './store.ts';
import { loadState, openTables } from './tables.ts';

/**
 * Opens the store in `dir`, making the directory (mode 0750) and `state.db` (0640) where they are missing.
 *
 * Never throws. Absent, with the reason and the next step, where the directory cannot be made or written, is in use by
 * another agent, or holds a file of a newer release or of another program. A damaged file is renamed to
 * `state.db.corrupt-<wall>` and a new one begun: `warnings` says so.
 *
 * @param wall milliseconds since 1970 UTC, for names and stamps alone.
 */
export const openSqliteStore = async (
  dir: string,
  wall: number = Date.now(),
  retention: Retention = DEFAULT_RETENTION,
): Promise<Found<Store>> => {
  const home = resolve(dir);
  let lock: Lock | undefined;
  try {
    makeDirectory(home);
    const locked = await lockDirectory(home);
    if (!locked.found) return locked;
    lock = locked.value;
    const opened = await openLocked(home, wall, lock, retention);
    if (!opened.found) lock.release();
    return opened;
  } catch (error) {
    lock?.release();
    const { what, fix } = explain(error, home);
    return absent(`state directory ${home} cannot be used: ${what}`, fix);
  }
};

const openLocked = async (
  dir: string,
  wall: number,
  lock: Lock,
  retention: Retention,
): Promise<Found<Store>> => {
  const path = join(dir, 'state.db');
  const warnings: string[] = [];
  makeFile(path);
  const isEmpty = isEmptyBesideLog(path);
  const hadLog = hasLog(path);
  let db = await connect(path);
  try {
    // An empty one is not even looked at: that would delete its log.
    let version = isEmpty ? DAMAGED : checked(db, path, hadLog);
    let carried: PersistedState | undefined;
    if ('damage' in version) {
      carried = version.damage === 'history' ? loadState(db, version.version) : undefined;
      db.close();
      warnings.push(
        `${path} was damaged: kept as ${setAside(path, wall)}, ` +
          `${carried === undefined ? 'counters and hours begin anew' : 'counters go on from it, the history begins anew'}; ` +
          'restore a backup, or try `sqlite3 FILE .recover` on the kept file',
      );
      makeFile(path);
      db = await connect(path);
      version = readVersion(db, path);
    }
    if (version.found) {
      forgetCheck(path);
      tune(db);
      makeDurable(db);
      migrate(db, version.value, wall);
      narrow(path);
      const store = storeOn(db, dir, warnings, lock, retention);
      if (carried !== undefined) store.save(carried, []);
      return found(store);
    }
    db.close();
    return version;
  } catch (error) {
    db.close();
    throw error;
  }
};

/** Of which version the tables are says only a file whose state is whole. */
type Damaged = { readonly damage: 'all' } | { readonly damage: 'history'; readonly version: number };

const DAMAGED: Damaged = { damage: 'all' };

/** Version of the tables, or that the content cannot be read. */
const checked = (db: Connection, path: string, hadLog: boolean): Found<number> | Damaged => {
  try {
    const version = readVersion(db, path);
    if (!version.found) return version;
    const damage = damageOf(db, path, version.value, hadLog);
    if (damage === 'none') return version;
    return damage === 'all' ? DAMAGED : { damage, version: version.value };
  } catch (error) {
    if (isDamaged(error)) return DAMAGED;
    throw error;
  }
};

const HOUR_MS = 3_600_000;

const storeOn = (
  db: Connection,
  dir: string,
  warnings: readonly string[],
  lock: Lock,
  retention: Retention,
): Store => {
  const tables = openTables(db);
  const attempt = <T>(doing: string, work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (isDamaged(error)) askForCheck(join(dir, 'state.db'));
      throw storeError(doing, error, dir);
    }
  };
  const log = logOnDisk(join(dir, 'state.db-wal'));
  let open = true;
  let prunedAt = 0;
  /** Once an hour. What cannot be let go now, on a full disk, is let go later: the save is done. */
  const prune = (wall: number): void => {
    if (Math.floor(wall / HOUR_MS) === prunedAt) return;
    prunedAt = Math.floor(wall / HOUR_MS);
    try {
      tables.prune(wall, retention);
    } catch {}
  };
  return {
    where: join(dir, 'state.db'),
    warnings,
    load: () => attempt('cannot read the state', tables.load),
    save(state, usage, ended = []) {
      checkStorable(state, usage, ended);
      attempt('state not saved', () => tables.save(state, usage, ended));
      log.changed();
      prune(state.wall);
    },
    durable: log.settled,
    hourly: (fromHour, toHour) => attempt('cannot read the hours', () => tables.hourly(fromHour, toHour)),
    usage: (period, from, to) => attempt('cannot read the history', () => tables.usage(period, from, to)),
    series: (period, scope, from, to) =>
      attempt('cannot read the history', () => tables.series(period, scope, from, to)),
    close() {
      if (!open) return;
      open = false;
      log.close();
      try {
        // Prepared statements keep the connection until they are collected, so the log is folded in here.
        db.pragma('wal_checkpoint(TRUNCATE)');
      } catch {
        // A full disk: everything stands in the log and is read from there next time.
      }
      db.close();
      lock.release();
    },
  };
};
