import type { Tenancy } from '../model/tenancy.ts';
import { type Block, type Line, wordsLine } from './statement.ts';
import type { SiteEnergy } from './statement-energy.ts';
import { AGENT_HOURS } from './statement-hours.ts';
import type { StatementInput } from './statement-input.ts';
import { shareWords } from './statement-share.ts';

/** How shares are meant; instruments and Scope 3 are bought and caused by the entity itself. */
const APPLIED =
  "applied once, to energy, fuels, refrigerants, water, reuse and costs of a site; all else is entered as the entity's own";

/** Block 1: what the statement is about. */
export const boundaryBlock = (
  { activity, revision, made, fleet }: StatementInput,
  energies: readonly SiteEnergy[],
): Block => {
  const { boundary, year } = activity;
  const shares = shareWords(activity);
  const sites = [...new Set(energies.map(({ site }) => site))].sort();
  return {
    number: 1,
    title: 'Boundary',
    lines: [
      wordsLine('boundary.entity', 'Entity', boundary.entity),
      wordsLine('boundary.period', 'Period', `${year}-01-01 to ${year + 1}-01-01, UTC, end not included`),
      wordsLine('boundary.approach', 'Consolidation', boundary.approach.replace('_', ' ')),
      ...(shares === undefined ? [] : [wordsLine('boundary.share', 'Equity share', shares, APPLIED)]),
      wordsLine('boundary.sites', 'Sites with energy', sites.length === 0 ? 'none' : sites.join(', ')),
      ...tenancyLines(energies),
      wordsLine('boundary.energy', 'Energy from', originsOf(energies, fleet)),
      wordsLine(
        'boundary.exclusions',
        'Exclusions',
        boundary.exclusions.length === 0 ? 'none stated' : boundary.exclusions.join('; '),
      ),
      wordsLine(
        'boundary.base',
        'Base year',
        boundary.base === undefined ? 'not stated' : String(boundary.base),
      ),
      wordsLine('boundary.gwp', 'Warming potentials', `${boundary.gwp}, over 100 years`),
      wordsLine('boundary.revision', 'Revision', String(revision)),
      wordsLine('boundary.made', 'Made with', `negawatt ${made.version}`, `configuration ${made.config}`),
    ],
  };
};

/** Under which tenancies energy was drawn: they decide its scope. */
const tenancyLines = (energies: readonly SiteEnergy[]): readonly Line[] => {
  if (energies.length === 0) return [];
  const words = [...new Set(energies.map(({ site, tenancy }) => `${site} ${TENANCY_WORDS[tenancy]}`))].sort();
  const isOwn = energies.some(({ document }) => document === AGENT_HOURS);
  return [
    wordsLine(
      'boundary.tenancy',
      'Tenancy',
      words.join(', '),
      isOwn ? 'hours of the agent keep the one that they were booked under' : undefined,
    ),
  ];
};

const TENANCY_WORDS: Readonly<Record<Tenancy, string>> = {
  owned: 'owned',
  leased_controlled: 'leased, under control',
  colocated: 'colocated',
  leased: 'leased, without control',
  cloud: 'cloud',
};

const originsOf = (energies: readonly SiteEnergy[], fleet: StatementInput['fleet']): string => {
  const own = energies.some(({ document }) => document === AGENT_HOURS);
  const entered = energies.some(({ document }) => document !== AGENT_HOURS && document !== fleet?.document);
  const origins = [
    ...(own ? [AGENT_HOURS] : []),
    ...(fleet === undefined ? [] : [fleet.document]),
    ...(entered ? ['entries of the activity file'] : []),
  ];
  return origins.length === 0 ? 'nothing' : origins.join(' and ');
};
