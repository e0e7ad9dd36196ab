import { nearest } from '../model/nearest.ts';
import type { ActivityFile } from './activity-schema.ts';

/** What a single field cannot tell: a path in the file, and what is wrong there. */
export interface CrossProblem {
  readonly path: readonly PropertyKey[];
  readonly what: string;
}

type Check = (file: ActivityFile) => readonly CrossProblem[];

const yearOf = (file: ActivityFile): { readonly from: number; readonly to: number } => ({
  from: Date.UTC(file.year, 0),
  to: Date.UTC(file.year + 1, 0),
});

const spans: Check = (file) => {
  const whole = yearOf(file);
  const lists = { energy: file.energy, instruments: file.instruments };
  return Object.entries(lists).flatMap(([key, entries]) =>
    entries.flatMap(({ from = whole.from, to = whole.to }, at) =>
      from < to && from >= whole.from && to <= whole.to
        ? []
        : [{ path: [key, at], what: `its span is not inside of ${file.year}: correct from and to, or year` }],
    ),
  );
};

const hours: Check = (file) => {
  const whole = yearOf(file);
  return file.energy.flatMap(({ from = whole.from, to = whole.to, hours: told }, at) =>
    told === undefined || told <= (to - from) / 3_600_000
      ? []
      : [
          {
            path: ['energy', at, 'hours'],
            what: `its span has ${(to - from) / 3_600_000} hours, not ${told}`,
          },
        ],
  );
};

const pues: Check = ({ energy }) =>
  energy.flatMap(({ of, pue }, at) =>
    of === 'facility' && pue !== undefined
      ? [
          {
            path: ['energy', at, 'pue'],
            what: 'facility energy has the overhead inside and PUE is applied once: remove pue, or set of: it',
          },
        ]
      : [],
  );

const ways: Check = ({ scope3, measures, zones }) => [
  ...scope3.flatMap(({ emissions, count, each, reason }, at) => {
    const told = [emissions !== undefined, count !== undefined && each !== undefined, reason !== undefined];
    const halves = (count === undefined) !== (each === undefined);
    return told.filter(Boolean).length === 1 && !halves
      ? []
      : [{ path: ['scope3', at], what: 'it needs one of emissions, count with each, or reason' }];
  }),
  ...measures.flatMap(({ saved, zone, emissions }, at) => {
    const isMetered = saved !== undefined && zone !== undefined;
    const halves = (saved === undefined) !== (zone === undefined);
    return isMetered !== (emissions !== undefined) && !halves
      ? []
      : [{ path: ['measures', at], what: 'it needs either saved with zone, or emissions as stated' }];
  }),
  ...zones.flatMap(({ loss, upstream, adders, document }, at) => {
    const isStated = loss !== undefined || upstream !== undefined;
    if (!isStated && adders === 'none')
      return [{ path: ['zones', at], what: 'it needs loss, upstream or both, or adders: official' }];
    return isStated && document === undefined
      ? [{ path: ['zones', at], what: 'it needs document: what states its loss and upstream' }]
      : [];
  }),
];

const names: Check = ({ instruments, measures, claims }) =>
  Object.entries({ instruments, measures, claims }).flatMap(([key, entries]) =>
    entries.flatMap(({ name }, at) =>
      entries.findIndex((other) => other.name === name) === at
        ? []
        : [{ path: [key, at, 'name'], what: `${name} stands twice: give each a name of its own` }],
    ),
  );

const references: Check = ({ measures, claims, figures }) => {
  const known = Object.keys(figures);
  const unknown = (name: string, among: readonly string[], what: string): string => {
    const [meant] = nearest(name, among, 1);
    return `no ${what} is called ${name}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
  };
  return [
    ...measures.flatMap(({ part }, at) => {
      const among = measures.map(({ name }) => name);
      return part === undefined || among.includes(part)
        ? []
        : [{ path: ['measures', at, 'part'], what: unknown(part, among, 'measure') }];
    }),
    ...claims.flatMap(({ of, to, against }, at) =>
      [of, ...(to === undefined ? [] : [to]), ...against]
        .filter((name) => !known.includes(name))
        .map((name) => ({ path: ['claims', at], what: unknown(name, known, 'figure') })),
    ),
  ];
};

const shares: Check = ({ boundary, shares: sites }) => {
  const isEquity = boundary.approach === 'equity_share';
  const only = 'is for approach: equity_share alone: remove it, or set that approach';
  const twice = sites.flatMap(({ site }, at) =>
    sites.findIndex((other) => other.site === site) === at
      ? []
      : [{ path: ['shares', at, 'site'], what: `${site} stands twice: one share a site` }],
  );
  if (isEquity)
    return boundary.share === undefined
      ? [
          {
            path: ['boundary'],
            what: 'needs share with approach: equity_share, the share of each site that shares does not name (1: wholly owned)',
          },
          ...twice,
        ]
      : twice;
  return [
    ...(boundary.share === undefined ? [] : [{ path: ['boundary', 'share'], what: only }]),
    ...(sites.length === 0 ? [] : [{ path: ['shares'], what: only }]),
  ];
};

const targets: Check = (file) =>
  file.targets.flatMap(({ base, target, covers }, at) => {
    if (base.year >= target.year)
      return [{ path: ['targets', at], what: 'the year of the target must come after that of its base' }];
    return covers.includes('scope2.location') && covers.includes('scope2.market')
      ? [{ path: ['targets', at, 'covers'], what: 'the two methods of Scope 2 are never added: name one' }]
      : [];
  });

const CHECKS: readonly Check[] = [spans, shares, hours, pues, ways, names, references, targets];

export const crossProblems: Check = (file) => CHECKS.flatMap((check) => check(file));
