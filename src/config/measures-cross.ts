import type { z } from 'zod/mini';
import type { measuresSection } from './measures-section.ts';

type Measures = z.output<typeof measuresSection>;
type Measure = Measures[number];

/** What keys of a measure say of each other that cannot be; `path` within the measure. */
interface Clash {
  readonly path: readonly PropertyKey[];
  readonly what: string;
}

const twins = (names: readonly string[]): readonly number[] =>
  names.flatMap((name, at) => (names.indexOf(name) < at ? [at] : []));

const DAY = 86_400;
const fitsDays = (block: number): boolean => (block <= DAY ? DAY % block === 0 : block % DAY === 0);

const clashesIn = (one: Measure): readonly Clash[] => {
  const { hosts, scope, start, ramp, schedule, off_hosts: off } = one;
  const clashes: Clash[] = [];
  const tell = (key: string, what: string): number => clashes.push({ path: key === '' ? [] : [key], what });
  if (hosts === undefined && scope === undefined)
    tell('', 'names no hosts; add hosts: [node-1, node-2], hosts: self, or scope: {match: {pool: web}}');
  if (hosts !== undefined && scope !== undefined)
    tell('scope', 'stands beside hosts; leave one of the two out: scope takes names too, as scope.hosts');
  if (scope !== undefined && scope.match === undefined && scope.hosts === undefined)
    tell('scope', 'is empty; name labels (match) or hosts, so that no host gets in by accident');
  if (one.control !== undefined && !Array.isArray(one.control) && Object.keys(one.control).length === 0)
    tell('control', 'is empty; name labels (match) or hosts, or leave it out');
  if (start === undefined && ramp === undefined)
    tell('', 'has no start; add start: 2026-03-01, or ramp where hosts got it by and by');
  if (ramp !== undefined && schedule !== undefined)
    tell(
      'ramp',
      'stands beside schedule; a randomised test begins on all hosts at once: leave one of the two out',
    );
  if (typeof off?.residual_watts === 'number' && off.source === undefined)
    tell('off_hosts', 'states watts without their source; add source: the data sheet or the measurement');
  if (off?.residual_watts === 'measured' && off.source !== undefined)
    tell('off_hosts', 'has a source for what is measured; leave source out');
  if (one.arm_file !== undefined && schedule?.design !== 'switchback')
    tell('arm_file', 'has nothing to say without schedule: {design: switchback}; add that, or leave it out');
  if (schedule?.design === 'switchback' && !fitsDays(schedule.block ?? DAY))
    clashes.push({
      path: ['schedule', 'block'],
      what: 'does not come out even with days, so parts of the day could not be balanced; take 1, 2, 3, 4, 6, 8, 12 or 24 h, or whole days',
    });
  const guards = one.guards.map((guard) => guard.name);
  for (const at of twins(guards))
    clashes.push({
      path: ['guards', at, 'name'],
      what: `is ${guards[at]} a second time; give each guard its own name`,
    });
  if (one.overlaps.includes(one.name)) tell('overlaps', 'names the measure itself; leave it out');
  return clashes;
};

/** Problems with the list as a whole and within its items, with the path of the key that each is at. */
export const measureClashes = (measures: Measures): readonly Clash[] => {
  const names = measures.map(({ name }) => name);
  const files = measures.map(({ arm_file: file }) => file);
  return [
    ...measures.flatMap((one, index) =>
      clashesIn(one).map(({ path, what }) => ({ path: ['measures', index, ...path], what })),
    ),
    ...twins(names).map((at) => ({
      path: ['measures', at, 'name'],
      what: `is ${names[at]}, as measures.${names.indexOf(names[at] ?? '')}.name is; each measure has one plan and one exporter: rename one of them`,
    })),
    ...files.flatMap((file, at) =>
      file === undefined || files.indexOf(file) === at
        ? []
        : [
            {
              path: ['measures', at, 'arm_file'],
              what: `is ${file}, as of another measure; take a file for each`,
            },
          ],
    ),
  ];
};
