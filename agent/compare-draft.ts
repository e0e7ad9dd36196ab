import type { TimeWindow, WorkTerm } from '../src/index.ts';
import type { CompareOptions } from './compare-sides.ts';
import { CommandError, USAGE } from './exit.ts';
import { draftMeasure } from './measure-draft.ts';
import { utcTime } from './utc-time.ts';

interface SideOf {
  readonly window: TimeWindow;
  readonly hosts: readonly string[];
}

interface Found {
  readonly before: SideOf;
  readonly after: SideOf;
  readonly work: readonly WorkTerm[];
}

/** As a plan says it: a day of UTC, or a minute of it. */
const instant = (seconds: number): string => {
  const [day = '', time = ''] = utcTime(seconds * 1000).split('T');
  return time.startsWith('00:00:00') ? day : `${day}T${time.slice(0, 5)}Z`;
};

/**
 * The plan that a change should have had before it: the hosts, windows and work of its comparison. It proves nothing of
 * the change that was made, and says so in its first lines. Throws CommandError where no plan can come of it.
 */
export const draftOfChange = async (options: CompareOptions, found: Found): Promise<string> => {
  const { before, after, work } = found;
  if (options.a !== undefined)
    throw new CommandError(
      'two pools at the same time have no start, so no plan of before and after: use --at DATE, or --before and --after',
      USAGE,
    );
  if (work.length === 0)
    throw new CommandError(
      'a plan says what useful work is: name it with --work UNIT, such as --work requests',
      USAGE,
    );
  const start = instant(after.window.from);
  const plan = await draftMeasure({
    name: `change-${start.slice(0, 10)}`,
    hosts: options.hosts ?? after.hosts.join(','),
    start,
    work,
    baselineFrom: instant(before.window.from),
    baselineTo: instant(before.window.to),
    reportAt: [instant(after.window.to)],
  });
  return [
    `# The plan that this change of ${start} should have had. It was not registered before the start, so of this change it`,
    '# proves grade D at most. For the next change give it another name, and start, baseline and report dates to come.',
    plan,
  ].join('\n');
};
