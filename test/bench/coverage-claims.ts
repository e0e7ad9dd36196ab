/** What claims on windows with a known saving say of the intervals, as rows of the results. */
import { longRunVariance } from '../../src/savings/newey-west.ts';
import { quantile } from '../../src/savings/quantiles.ts';
import { type Claim, type Design, type Lengths, SAVING } from './coverage-designs.ts';
import type { TraceHost } from './coverage-trace.ts';
import { note, QUICK } from './measure.ts';
import { give, type Row } from './row.ts';

/** Windows are a week and more, so that starts further apart tell nearly as much. */
const EVERY_DAYS = QUICK ? 4 : 2;
/** What an interval of nominally 90 % must hold, and how often a saving may be seen where there is none. */
const [LEAST, MOST, FALSE] = [0.87, 0.93, 0.07];

/** The rows of a coverage and of the savings that are found where there is none. */
export const giveCoverage = (
  what: string,
  found: { readonly coverage: number; readonly error: number; readonly falseSavings: number },
  how: { readonly coverage: string; readonly falseSavings: string },
): void => {
  const { coverage, error, falseSavings } = found;
  const rows: readonly Row[] = [
    {
      what: `coverage of the 90 % interval, ${what}`,
      ours: `${percent(coverage)}, standard error ${percent(error)}`,
      reference: '90.0 %',
      ratio: coverage / 0.9,
      budget: `${percent(LEAST)} to ${percent(MOST)}`,
      met: coverage >= LEAST && coverage <= MOST,
      how: how.coverage,
    },
    {
      what: `savings found where there is none, ${what}`,
      ours: percent(falseSavings),
      reference: '5.0 %',
      budget: `at most ${percent(FALSE)}`,
      met: falseSavings <= FALSE,
      how: how.falseSavings,
    },
  ];
  rows.forEach(give);
};

/** The row of a width, and of how often a true saving is detected. */
export const giveWidth = (what: string, halfWidth: number, how: string): void =>
  give({
    what: `half width of the 90 % interval, ${what}`,
    ours: percent(halfWidth),
    reference: '',
    budget: '',
    how,
  });

interface Tally {
  readonly windows: number;
  readonly coverage: number;
  /** Standard error of it: windows of one host overlap, so neighbours count together. */
  readonly error: number;
  readonly falseSavings: number;
  readonly detected: number;
  readonly halfWidth: number;
  readonly middleHalfWidth: number;
}

const tally = (byHost: readonly (readonly Claim[])[], overlap: number): Tally => {
  const all = byHost.flat();
  const share = (of: (claim: Claim) => boolean): number => all.filter(of).length / all.length;
  const holds = ({ low, high }: Claim): boolean => low <= 0 && high >= 0;
  const coverage = share(holds);
  const variance = byHost.reduce((sum, claims) => {
    const misses = Float64Array.from(claims, (claim) => (holds(claim) ? 1 : 0) - coverage);
    return sum + misses.length * Math.max(0, longRunVariance(misses, overlap));
  }, 0);
  const widths = all.map(({ low, high }) => (high - low) / 2);
  return {
    windows: all.length,
    coverage,
    error: Math.sqrt(variance) / all.length,
    falseSavings: share(({ low }) => low > 0),
    detected: share(({ lowWithSaving }) => lowWithSaving > 0),
    halfWidth: widths.reduce((sum, width) => sum + width, 0) / widths.length,
    middleHalfWidth: quantile(widths, 0.5),
  };
};

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

const reasons = (claims: readonly Claim[]): string => {
  const counts = new Map<string, number>();
  for (const { why } of claims)
    for (const flag of why.split(' ').filter(Boolean)) counts.set(flag, (counts.get(flag) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([flag, count]) => `${flag} ${percent(count / claims.length)}`)
    .join(', ');
};

/** Puts a design to the test on every host. */
export const judge = (hosts: readonly TraceHost[], design: Design, lengths: Lengths): void => {
  const claims = hosts.map((host) => design.claims(host, hosts, lengths, EVERY_DAYS));
  const overlap = Math.ceil((lengths.fit + lengths.report) / EVERY_DAYS);
  const shown = tally(
    claims.map((of) => of.filter(({ isShown }) => isShown)),
    overlap,
  );
  const every = tally(claims, overlap);
  const what = `evidence ${design.evidence}, ${design.name}, ${lengths.fit} d / ${lengths.report} d`;
  hosts.forEach(({ name }, at) => {
    const of = (claims[at] ?? []).filter(({ isShown }) => isShown);
    note(
      `${what}: ${name} ${of.length} of ${claims[at]?.length} shown, ${percent(tally([of], overlap).coverage)}`,
    );
  });
  note(
    `${what}, all windows with an interval: ${every.windows}, coverage ${percent(every.coverage)} +- ${percent(every.error)}, false ${percent(every.falseSavings)}, half width ${percent(every.middleHalfWidth)}, ${percent(SAVING)} detected in ${percent(every.detected)}`,
  );
  note(`${what}: not shown because ${reasons(claims.flat())}`);
  giveCoverage(what, shown, {
    coverage: `${shown.windows} of ${every.windows} windows are shown (none refused, grade ${design.evidence} reached); of all of them it holds ${percent(every.coverage)}; ${hosts.length} hosts, no measure, windows in rows present, a start every ${EVERY_DAYS} d`,
    falseSavings: `lower bound above 0; of all windows ${percent(every.falseSavings)}`,
  });
  giveWidth(
    what,
    shown.middleHalfWidth,
    `median of the windows shown; mean ${percent(shown.halfWidth)}; a true saving of ${percent(SAVING)} is detected in ${percent(shown.detected)} of them`,
  );
};
