/**
 * Runs in a child process: saves without end, and names each save that has returned. With DIE_IN_SAVE=n it kills
 * itself in the middle of save n: when the store asks for the energy of the hour, the counters are written already.
 */
import { openSqliteStore } from '../../../src/store/sqlite.ts';
import { joules, seconds } from '../../../src/units.ts';
import { hourRow } from '../../fixtures/usage.ts';

const opened = await openSqliteStore(process.env.STATE_DIR ?? '');
if (!opened.found) {
  console.log(`refused ${opened.reason}`);
  process.exit(1);
}
const store = opened.value;
const first = Number(store.load()?.counters.get('series-0') ?? 0) + 1;
const series = Array.from({ length: 200 }, (_, index) => `series-${index}`);
const save = (n: number): void => {
  const counters = new Map(series.map((name) => [name, n]));
  let asked = 0;
  const increments = [
    {
      ...hourRow(3600, 'DE', 1),
      get energy() {
        asked += 1;
        // The first question is the check before anything is written.
        if (asked === 2 && String(n) === process.env.DIE_IN_SAVE) process.kill(process.pid, 'SIGKILL');
        return joules(1);
      },
    },
  ];
  store.save(
    { bootId: 'b', savedAt: seconds(n), wall: n, counters, engine: { n: String(n) }, version: 1 },
    increments,
  );
  console.log(`saved ${n}`);
};
const run = (n: number): void => {
  save(n);
  setImmediate(run, n + 1);
};
run(first);
