import { openConfiguration, openPlans, type WorkTerm } from '../src/index.ts';
import { CommandError, USAGE } from './exit.ts';
import { planYaml } from './plan-yaml.ts';

export interface DraftInput {
  readonly name: string;
  /** `self`, names with commas, or labels: `pool=web,cluster=east`. */
  readonly hosts: string;
  readonly start: string;
  /** A unit, or terms with their queries. */
  readonly work: string | readonly WorkTerm[];
  readonly kind?: string;
  readonly control?: string;
  readonly baselineFrom?: string;
  readonly baselineTo?: string;
  readonly switchback?: string;
  readonly reportAt?: readonly string[];
}

const parts = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** Names, or labels where each part has a `=`. */
const selected = (
  text: string,
): { readonly hosts?: readonly string[]; readonly match?: Record<string, string> } => {
  const all = parts(text);
  if (!all.every((part) => part.includes('='))) return { hosts: all };
  return {
    match: Object.fromEntries(
      all.map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
    ),
  };
};

/** The measure as it would stand in a configuration, nothing checked yet. */
const rawOf = (input: DraftInput): Readonly<Record<string, unknown>> => {
  const { name, hosts, start, work, kind, control, baselineFrom, baselineTo, switchback, reportAt } = input;
  const scope = selected(hosts);
  return {
    name,
    ...(hosts === 'self' ? { hosts } : scope.match === undefined ? { hosts: scope.hosts } : { scope }),
    start,
    work: typeof work === 'string' ? work : work.map(({ unit, query }) => ({ unit, query })),
    ...(kind === undefined ? {} : { kind }),
    ...(control === undefined ? {} : { control: selected(control).hosts ?? selected(control) }),
    ...(baselineFrom === undefined && baselineTo === undefined
      ? {}
      : { baseline: { from: baselineFrom, to: baselineTo ?? start } }),
    ...(switchback === undefined ? {} : { schedule: { design: 'switchback', block: switchback } }),
    ...(reportAt === undefined ? {} : { report_at: reportAt }),
  };
};

/** YAML of a plan for the configuration, with all defaults. Throws CommandError where it would not be accepted. */
export const draftMeasure = async (input: DraftInput): Promise<string> => {
  const [{ loadConfig }, plans] = await Promise.all([openConfiguration(), openPlans()]);
  const loaded = await loadConfig({ env: { NEGAWATT_MEASURES: JSON.stringify([rawOf(input)]) } });
  if (!loaded.ok)
    throw new CommandError(
      loaded.problems
        .map(({ what }) => what.replaceAll('measures.0.', '').replaceAll('measures.0', 'the measure'))
        .join('\n'),
      USAGE,
    );
  const [written] = loaded.config.measures;
  if (written === undefined) throw new CommandError('no plan came of it');
  const { hosts = [] } = plans.scopeSelector(written, 'self');
  const control = plans.controlSelector(written)?.hosts ?? [];
  const plan = plans.planOf(written, 'self', { hosts, control });
  const findings = plans.validatePlan(plan, { expanded: false, known: [plan.name], overlaps: [] });
  return [
    '# Below measures: of the configuration, before the start. `negawatt measure check` tells what it could show.',
    ...findings.map(({ severity, text, remedy }) => `# ${severity}: ${text} ${remedy}`),
    'measures:',
    await planYaml(plan, written),
  ].join('\n');
};
