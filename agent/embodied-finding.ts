import { type EmbodiedPolicy, type Snapshot, toYears } from '../src/index.ts';
import { figure } from './figures.ts';

/** How the figures of embodied emissions stand, as `doctor` tells it. */
export interface EmbodiedFinding {
  /** - `ok`: stated or published for this hardware. - `estimated`, `placeholder`: a better figure can be given. */
  readonly status: 'ok' | 'estimated' | 'placeholder' | 'missing' | 'off';
  readonly why: string;
  readonly fix: string;
}

const kilograms = (grams: number): string => `${figure(grams / 1000)} kg`;

/** @param withoutSheets why no manufacturer's sheets could be read. */
export const embodiedFinding = (
  policy: EmbodiedPolicy | undefined,
  { view: { embodied } }: Snapshot,
  withoutSheets: { readonly reason: string; readonly fix: string } | undefined,
): EmbodiedFinding => {
  if (policy === undefined || embodied === undefined) {
    return { status: 'off', why: 'embodied.enabled is false', fix: '' };
  }
  const { items, missing, lifetime } = embodied;
  const told = items.map(({ item, count, grams, method, boundary, source, detail }) => {
    const many = count > 1 ? `${count} x ` : '';
    const more = detail === undefined ? '' : `, ${detail}`;
    return `${many}${item} ${kilograms(grams)} (${method}, ${boundary}: ${source}${more})`;
  });
  const over = `over ${figure(toYears(lifetime))} years`;
  if (missing !== undefined) {
    const gpus = told.length === 0 ? '' : `; its GPUs: ${told.join('; ')}, ${over}`;
    return { status: 'missing', why: `${missing.reason}${gpus}`, fix: missing.fix };
  }
  const unsure = items.filter(({ quality }) => quality === 'estimated' || quality === 'placeholder');
  const isPlaceholder = unsure.some(({ quality }) => quality === 'placeholder');
  const steps = [
    ...(unsure.some(({ part }) => part === 'host')
      ? [
          "set embodied.host to the manufacturer's footprint (kg, source) for the configuration that was bought",
        ]
      : []),
    ...unsure
      .filter(({ part }) => part === 'gpu')
      .map(({ item }) => `set embodied.gpus["${item}"] to a figure of its maker`),
    ...(withoutSheets === undefined || unsure.length === 0 ? [] : [withoutSheets.fix]),
  ];
  return {
    status: unsure.length === 0 ? 'ok' : isPlaceholder ? 'placeholder' : 'estimated',
    why: `${told.join('; ')}, ${over}`,
    fix: steps.join('; '),
  };
};
