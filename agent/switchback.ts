import { type Config, counted, openPlans } from '../src/index.ts';
import { CommandError } from './exit.ts';
import { reasonAndFix } from './reason-and-fix.ts';
import { armsOf } from './switchback-arms.ts';
import { armJson } from './switchback-route.ts';
import { csv, table } from './table.ts';
import { utcTime } from './utc-time.ts';

/** The plan of a measure with an on/off test, its hosts left out; they have no part in it. */
const testOf = async (config: Config, name: string) => {
  const plans = await openPlans();
  const written = config.measures.find((one) => one.name === name);
  const tests = config.measures.filter(({ schedule }) => schedule?.design === 'switchback');
  const there = tests.map((one) => one.name).join(', ') || 'none';
  if (written === undefined)
    throw new CommandError(
      `there is no measure ${JSON.stringify(name)} in the configuration; on/off tests: ${there}`,
    );
  const plan = plans.planOf(written, '', { hosts: [], control: [] });
  const { schedule } = plan;
  if (schedule?.design !== 'switchback')
    throw new CommandError(
      `${name} is no on/off test; give it schedule: {design: switchback, block: 6h, washout: 1h}. There are: ${there}`,
    );
  return { plan, schedule, end: plan.reportAt.at(-1) ?? plan.start };
};

const shown = (instant: number): string =>
  utcTime(instant * 1000)
    .slice(0, 16)
    .replace('T', ' ');
const iso = (instant: number): string => `${utcTime(instant * 1000).slice(0, 19)}Z`;
const hours = (seconds: number): string => `${Number((seconds / 3600).toFixed(2))} h`;

/** Prints all blocks; times in UTC. */
export const printSchedule = async (config: Config, name: string, format: string): Promise<void> => {
  const { judgeSchedule, switchbackBlocks } = await openPlans();
  const { plan, schedule, end } = await testOf(config, name);
  const { block, washout, seed } = schedule;
  const { start } = plan;
  // One that could prove nothing is not to be begun.
  const [refusal] = judgeSchedule({ schedule, start, end, step: plan.step }).refusals;
  if (refusal !== undefined) throw new CommandError(`${name}: ${reasonAndFix(refusal.text, refusal.remedy)}`);
  const whole = Math.ceil((end - start) / block);
  const blocks = switchbackBlocks(schedule, start, start + whole * block).map(({ index, from, to, on }) => ({
    block: index,
    from,
    to: Math.min(to, end),
    arm: on ? 'on' : 'off',
    countsFrom: Math.min(from + washout, end),
  }));
  if (format === 'json') {
    const list = blocks.map(({ from, to, countsFrom, ...one }) => ({
      ...one,
      ...{ from: iso(from), to: iso(to), countsFrom: iso(countsFrom) },
    }));
    const head = { format: 1, measure: name, seed, start: iso(start), end: iso(end) };
    const answer = { ...head, blockSeconds: block, washoutSeconds: washout, blocks: list };
    process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
    return;
  }
  if (format === 'csv') {
    const rows = blocks.map((one) => [
      ...[String(one.block), iso(one.from), iso(one.to), one.arm, iso(one.countsFrom)],
    ]);
    process.stdout.write(csv(['block', 'from', 'to', 'arm', 'counts_from'], rows));
    return;
  }
  const rows = blocks.map((one) => [
    ...[String(one.block), shown(one.from), shown(one.to), one.arm, shown(one.countsFrom)],
  ]);
  const on = blocks.filter(({ arm }) => arm === 'on').length;
  process.stdout.write(
    [
      `${name}: ${counted(blocks.length, 'block')} of ${hours(block)}, ${on} on and ${blocks.length - on} off, drawn from the seed ${JSON.stringify(seed)}`,
      `the first ${hours(washout)} of each block do not count: what began in the block before is still running`,
      '',
      table(['BLOCK', 'FROM (UTC)', 'TO (UTC)', 'ARM', 'COUNTS FROM'], rows),
    ].join('\n'),
  );
};

/** Prints the arm that is to hold now. */
export const printArm = async (config: Config, name: string, format: string): Promise<void> => {
  const { plan } = await testOf(config, name);
  const now = Date.now() / 1000;
  const arm = (await armsOf(config))(now).find(({ measure }) => measure === name);
  if (arm === undefined) throw new CommandError(`${name} is no on/off test`);
  if (format === 'json') {
    process.stdout.write(`${JSON.stringify(armJson(arm), null, 2)}\n`);
    return;
  }
  const { state, since, changesAt, next } = arm;
  const left = changesAt === undefined ? '' : `, in ${hours(changesAt - now)}`;
  const lines = {
    before: `${name} is off: the test begins at ${shown(plan.start)} UTC${left}, and is ${next} then`,
    running: `${name} is ${arm.arm}, since ${shown(since ?? now)} UTC; ${next} from ${shown(changesAt ?? now)} UTC on${left}`,
    over: `${name} is over since ${shown(since ?? now)} UTC: its last report was due`,
  };
  process.stdout.write(`${lines[state]}\n`);
};
