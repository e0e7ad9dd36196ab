import { counted, plural } from '../model/counted.ts';
import { sum } from '../units.ts';
import type { FleetSource } from './fleet-source.ts';
import { type Block, figureLine, gapLine, type Line, wordsLine } from './statement.ts';
import type { Activity } from './statement-activity.ts';
import type { SiteEnergy } from './statement-energy.ts';
import { AGENT_HOURS } from './statement-hours.ts';
import { HOUR_MS, type StatementInput, yearSpan } from './statement-input.ts';
import { energyWords, number, together } from './statement-words.ts';

/**
 * The opening: hosts expected, hosts reporting, hours covered. What a statement leaves out stands above all that it
 * says.
 */
export const coverageBlock = (
  activity: Activity,
  energies: readonly SiteEnergy[],
  { restated = false, fleet }: Pick<StatementInput, 'restated' | 'fleet'> = {},
): Block => ({
  number: 0,
  title: 'Coverage',
  lines: [
    expectedLine(activity),
    reportingLine(activity, energies),
    ...hoursLines(activity, energies),
    ...bookedHours(energies),
    ...(fleet === undefined ? [] : fleetLines(fleet)),
    ...(restated
      ? [
          wordsLine(
            'coverage.restated',
            'Grams as booked',
            'left aside: grid.restate of the configuration names this year, so its factors are taken anew',
          ),
        ]
      : []),
  ],
});

/** Which record the energy of a fleet is, and by what its grams are worked out. */
const fleetLines = ({ engine, where, method, window, hosts, silent }: FleetSource): readonly Line[] => [
  wordsLine(
    'coverage.fleet',
    'Energy of the fleet',
    `by the hour from ${engine} ${where}, ${engine === 'prometheus' ? `series of ${method}` : `sha256 ${method}`}`,
    `${number(hosts, 0)} ${plural(hosts, 'host')} listed, ${number(silent, 0)} of them without energy; hours asked for: ${timeOf(window.from)} to ${timeOf(window.to)}`,
  ),
  wordsLine(
    'coverage.fleet.emissions',
    'Emissions of the fleet',
    'energy x the factor of the year of its zone',
    'what the hosts booked by the hour, their emission counters, is not read; instruments and prices of a configuration are of its own host: enter those of the fleet in the activity file',
  ),
];

const timeOf = (at: number): string => `${new Date(at * 1000).toISOString().slice(0, 16)}Z`;

const METHODS = ['location', 'market'] as const;

/** How much of the agent's hours has grams as they were booked. */
const bookedHours = (energies: readonly SiteEnergy[]): readonly Line[] => {
  const own = energies.filter(({ document }) => document === AGENT_HOURS);
  const parts = own.flatMap(({ booked = [] }) => booked);
  if (parts.length === 0) return [];
  const all = own.reduce((total, { hours }) => total + hours, 0);
  const it = sum(own.map(({ quantity }) => quantity));
  return METHODS.map((method) => {
    const of = parts.filter((one) => one.method === method);
    const hours = new Set(of.flatMap((one) => one.hours)).size;
    return figureLine(
      `coverage.booked.${method}`,
      `Hours with emissions as booked, ${method}-based`,
      hours,
      'h',
      `of ${number(all, 0)} ${plural(all, 'hour')} of the agent; ${energyWords(sum(of.map((one) => one.it)))} of ${energyWords(it)} IT; the rest takes the factor of the year`,
    );
  });
};

const expectedLine = ({ boundary: { hosts } }: Activity): Line =>
  hosts === undefined
    ? gapLine(
        'coverage.hosts.expected',
        'Hosts expected',
        'hosts',
        'not stated; set boundary.hosts in the activity file, or --hosts-expected',
      )
    : figureLine('coverage.hosts.expected', 'Hosts expected', hosts, 'hosts');

/** Most hosts at one time: entries side by side add up, entries one after the other do not. */
export const hostsReporting = (energies: readonly SiteEnergy[]): number =>
  Math.max(
    0,
    ...energies.map(({ from }) =>
      // Rows of the agent's own store are one host, whatever zones and qualities its hours have.
      energies
        .filter((other, at) => other.from <= from && from < other.to && isFirstOfAgent(energies, at))
        .reduce((all, { hosts = 0 }) => all + hosts, 0),
    ),
  );

const isFirstOfAgent = (energies: readonly SiteEnergy[], at: number): boolean => {
  const own = energies[at]?.document;
  return own !== AGENT_HOURS || energies.findIndex(({ document }) => document === own) === at;
};

const reportingLine = (activity: Activity, energies: readonly SiteEnergy[]): Line => {
  const [id, label] = ['coverage.hosts.reporting', 'Hosts reporting'] as const;
  if (energies.length === 0) return gapLine(id, label, 'hosts', 'no energy is entered and none was read');
  const silent = energies.filter(({ hosts }) => hosts === undefined).length;
  const reporting = hostsReporting(energies);
  if (silent === energies.length)
    return gapLine(id, label, 'hosts', 'no energy entry says how many hosts are inside it');
  const { hosts: expected } = activity.boundary;
  const missing = expected === undefined ? 0 : expected - reporting;
  const notes = [
    ...(missing > 0
      ? [
          `${number(missing, 0)} of ${number(expected ?? 0, 0)} expected ${plural(expected ?? 0, 'host')} ${plural(missing, 'is', 'are')} not in this statement`,
        ]
      : []),
    ...(silent > 0
      ? [
          `${counted(silent, 'energy entry', 'energy entries')} ${plural(silent, 'does', 'do')} not say how many hosts are inside`,
        ]
      : []),
  ];
  return figureLine(id, label, reporting, 'hosts', notes.length === 0 ? undefined : notes.join('; '));
};

/** Hours times hosts; entries without a number of hosts are left out of it. */
export const hostHours = (energies: readonly SiteEnergy[]): number =>
  energies.reduce((all, { hosts = 0, hours }) => all + hosts * hours, 0);

const hoursLines = (activity: Activity, energies: readonly SiteEnergy[]): readonly Line[] => {
  const [id, label] = ['coverage.hours', 'Hours covered'] as const;
  const { from, to } = yearSpan(activity.year);
  const { hosts } = activity.boundary;
  const covered = hostHours(energies);
  if (energies.length === 0)
    return [gapLine(id, label, 'host-hours', 'no energy is entered and none was read')];
  if (hosts === undefined || hosts === 0) {
    const note = 'of an unknown number: hosts expected are not stated';
    return [figureLine(id, label, covered, 'host-hours', note)];
  }
  const isOwn = energies.some(({ document }) => document === AGENT_HOURS);
  const own = isOwn ? '; an hour of the agent counts where it has any energy' : '';
  const wanted = (hosts * (to - from)) / HOUR_MS;
  const share = (covered / wanted) * 100;
  const lines = [
    figureLine(
      id,
      label,
      covered,
      'host-hours',
      `of ${number(wanted, 0)} = ${number(hosts, 0)} ${plural(hosts, 'host')} x ${number((to - from) / HOUR_MS, 0)} h${own}`,
    ),
    figureLine(
      `${id}.share`,
      'Share covered',
      share,
      '%',
      `${number(covered, 0)} / ${number(wanted, 0)} host-hours`,
    ),
  ];
  if (covered >= wanted) return lines;
  const missing = wanted - covered;
  const words = `${together(missing, 'host-hours')} ${plural(missing, 'has', 'have')} no data; the energy is not known and is not in any figure below`;
  return [...lines, gapLine(`${id}.missing`, 'Energy of the hours not covered', 'kWh', words)];
};
