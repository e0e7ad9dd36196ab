import { counted, plural } from '../model/counted.ts';
import { type Block, figureLine, type Line, type Statement, wordsLine } from './statement.ts';
import { activityBlock, uncoveredLine } from './statement-activity-block.ts';
import { boundaryBlock } from './statement-boundary.ts';
import { claimLines } from './statement-claims.ts';
import { hourlyCosts } from './statement-cost.ts';
import { coverageBlock, hostHours, hostsReporting } from './statement-coverage.ts';
import { loadsOf, type SiteEnergy, siteEnergies } from './statement-energy.ts';
import { createFactorDesk, type FactorDesk } from './statement-factors.ts';
import { indicatorsBlock } from './statement-indicators.ts';
import { HOUR_MS, type StatementInput, yearSpan } from './statement-input.ts';
import { locationBlock, meanFactor } from './statement-location.ts';
import { marketBlock } from './statement-market.ts';
import { creditsBlock, reductionsBlock } from './statement-reductions.ts';
import { deltasOf, revisionRefusal } from './statement-revision.ts';
import { sciLines } from './statement-sci.ts';
import { scope1, TONNE } from './statement-scope1.ts';
import { scope3Block } from './statement-scope3.ts';
import { shared, shareRefusals } from './statement-share.ts';
import { targetsBlock } from './statement-targets.ts';
import { previousOf, termsOf, totalsOf } from './statement-totals.ts';
import { yearsBlock } from './statement-years.ts';

export type StatementResult =
  | { readonly ok: true; readonly statement: Statement }
  /** One line each: what cannot be and what to do. */
  | { readonly ok: false; readonly refusals: readonly string[] };

/**
 * The inventory statement of a year. Figures that are not known are gaps with their reason, never 0; reductions and
 * credits are listed, and no figure subtracts them. The same input gives the same statement.
 */
export const makeStatement = (given: StatementInput): StatementResult => {
  const input = shared(given);
  const { activity, revision, closed } = input;
  const energies = siteEnergies(input);
  const loads = energies.flatMap(loadsOf);
  const desk = createFactorDesk(input);
  const first = scope1(input, desk);
  const location = locationBlock(loads, desk);
  const market = marketBlock(loads, activity.instruments, desk);
  const uncovered = uncoveredLine(loads, (zone) => desk.location(zone).found);
  const coverage = coverageBlock(activity, energies, input);
  const costs = hourlyCosts(input);
  const totals = totalsOf(
    [coverage, first.block, location.block, market.block].flatMap(({ lines: own }) => own),
  );
  const ordered: readonly Block[] = [
    coverage,
    boundaryBlock(input, energies),
    activityBlock(input, energies, uncovered, costs.amounts),
    first.block,
    location.block,
    market.block,
    scope3Block(input, loads, desk),
    indicatorsBlock(activity, energies, desk, { costs: costs.ratios, scores: sciLines(input, desk) }),
    reductionsBlock(activity.measures, desk),
    creditsBlock(activity.credits),
  ];
  const years = yearsBlock(
    previousYears(input),
    totals,
    {
      scope1: { gwp: activity.boundary.gwp },
      location: termsOf(location.block.lines, 'location'),
      market: termsOf(market.block.lines, 'market'),
    },
    (zone) => meanFactor(zone, loads, desk),
  );
  const later = [years, targetsBlock(activity.targets, activity.year, totals), ...publishedBlocks(input)];
  // The list of factors comes before them and has what they use too.
  const blocks = [...ordered, factorsBlock(desk, activity.boundary.gwp), ...later];
  const lines = blocks.flatMap((block) => block.lines);
  const deltas = closed === undefined ? [] : deltasOf(closed.lines, lines);
  const wrong = revisionRefusal(closed, revision, deltas);
  const refusals = [
    ...shareRefusals(input),
    ...overReported(input, energies),
    ...market.refusals,
    ...(wrong === undefined ? [] : [wrong]),
  ];
  if (refusals.length > 0) return { ok: false, refusals };
  const { entity } = activity.boundary;
  return {
    ok: true,
    statement: { format: 'negawatt-statement-1', entity, year: activity.year, revision, blocks, deltas },
  };
};

/** More hosts or hours than the boundary holds is a double count. */
const overReported = (
  { activity: { boundary, year } }: StatementInput,
  energies: readonly SiteEnergy[],
): readonly string[] => {
  const { hosts } = boundary;
  if (hosts === undefined) return [];
  const { from, to } = yearSpan(year);
  const reporting = hostsReporting(energies);
  const hours = hostHours(energies);
  const most = (hosts * (to - from)) / HOUR_MS;
  if (reporting > hosts)
    return [
      `energy of ${counted(reporting, 'host')} is entered and boundary.hosts says ${hosts}: correct one of the two`,
    ];
  return hours > most * (1 + 1e-9)
    ? [
        `energy of ${counted(hours, 'host-hour')} is entered and ${counted(hosts, 'host')} ${plural(hosts, 'has', 'have')} ${most} in ${year}: an entry counts twice`,
      ]
    : [];
};

/** A year that is entered goes before one that was closed here: it may have been restated. */
const previousYears = ({ activity, before }: StatementInput) =>
  before === undefined || activity.previous.some(({ year }) => year === before.year)
    ? activity.previous
    : [...activity.previous, previousOf(before)];

/** Block 10: every factor in use with its source and hash, and which of them to doubt. */
const factorsBlock = (desk: FactorDesk, gwp: string): Block => {
  const lines = desk.lines();
  const marked = (pattern: RegExp): string => {
    const names = lines
      .filter((line) => line.kind === 'words' && pattern.test(line.words))
      .map(({ label }) => label);
    return names.length === 0 ? 'none' : names.join(', ');
  };
  // Said only where there are some: most inventories mix nothing.
  const potentials = [
    ['factors.gwp', `Of other warming potentials than the inventory (${gwp})`, `(?!${gwp}\\b)[A-Z]`],
    ['factors.gwp.unstated', 'Of warming potentials that the publisher does not state', 'unstated\\b'],
  ].flatMap(([id = '', label = '', pattern]) => {
    const words = marked(new RegExp(`\\bGWP ${pattern}`));
    return words === 'none' ? [] : [wordsLine(id, label, words)];
  });
  return {
    number: 10,
    title: 'Factors',
    lines: [
      ...(lines.length === 0 ? [wordsLine('factors', 'Factors', 'none in use')] : lines),
      wordsLine(
        'factors.doubt',
        'To be checked against the publisher (needs-check)',
        marked(/\bneeds-check\b/),
      ),
      wordsLine(
        'factors.stale',
        'Electricity factors of another year than the statement',
        marked(/\b(earlier|later|stale)\b/),
      ),
      ...potentials,
    ],
  };
};

/** Block 13: what the entity published, and whether it follows. */
const publishedBlocks = ({ activity }: StatementInput): readonly Block[] => {
  const { reported, claims, figures } = activity;
  if (reported.length + claims.length === 0) return [];
  const totals = reported.map(
    (one, at): Line =>
      figureLine(
        `reported.${at + 1}`,
        one.name,
        one.emissions / TONNE,
        't',
        `as published, not worked out here; ${one.document}`,
      ),
  );
  return [
    {
      number: 13,
      title: 'Published figures, and what follows from them',
      lines: [...totals, ...claims.flatMap((claim) => claimLines(claim, figures))],
    },
  ];
};
