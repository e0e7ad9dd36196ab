import { type Config, type MeasureArm, openPlans } from '../src/index.ts';

/** What the on/off tests of a configuration ask for at an instant, in seconds since 1970 UTC; in its order. */
export const armsOf = async (config: Config): Promise<(now: number) => readonly MeasureArm[]> => {
  const { planOf, armAt } = await openPlans();
  const tests = config.measures.flatMap((written) => {
    // Hosts have no part in when a block is on.
    const { schedule, start, reportAt, name } = planOf(written, '', { hosts: [], control: [] });
    return schedule?.design === 'switchback'
      ? [{ measure: name, schedule, start, end: reportAt.at(-1) ?? start }]
      : [];
  });
  return (now) =>
    tests.map(({ measure, schedule, start, end }) => ({ measure, ...armAt(schedule, start, end, now) }));
};
