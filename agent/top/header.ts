import { exampleNotice, gramsPerHour, type HostJson } from '../../src/index.ts';
import { clock, count, figure, perPiece } from '../figures.ts';
import { gpusText } from './gpus.ts';
import { packed } from './packed.ts';
import type { Shown } from './shown.ts';
import { spark } from './trend.ts';
import { safe, share } from './words.ts';

export interface HeaderLine {
  readonly text: string;
  readonly tone: 'title' | 'plain' | 'warning';
}

const LABEL_WIDTH = 9;

/**
 * What is said of the host, most important first: on a low screen the end is left out.
 *
 * @param width columns that there are.
 * @param blocks whether its last powers are drawn.
 * @param isPacked whether boards share lines.
 */
export const headerOf = (
  shown: Shown,
  from: string,
  problem: string | undefined,
  width: number,
  blocks: boolean,
  isPacked = false,
): readonly HeaderLine[] => {
  const { host } = shown;
  const fact = (label: string, text: string, tone: HeaderLine['tone'] = 'plain'): HeaderLine => ({
    text: `${label.padEnd(LABEL_WIDTH)}${text}`,
    tone,
  });
  return [
    { text: `${safe(host.host.name)}, ${clock(safe(host.time))}, ${safe(from)}`, tone: 'title' },
    ...(problem === undefined
      ? []
      : [{ text: `these are the last figures: ${safe(problem)}`, tone: 'warning' as const }]),
    ...(host.example === undefined
      ? []
      : [{ text: exampleNotice(safe(host.example)), tone: 'warning' as const }]),
    ...packed(powerParts(shown), width - LABEL_WIDTH).map((text, index) =>
      fact(index === 0 ? 'power' : '', text),
    ),
    ...illText(host).map((text) => fact('to mend', text, 'warning')),
    ...emissionsText(host).map((text) => fact('CO2e', text)),
    ...(host.host.powerByResource.length < 2 ? [] : [fact('parts', partsText(host))]),
    ...gpusText(host, width - LABEL_WIDTH, isPacked).map((text) => fact('gpu', text)),
    ...(blocks ? trendText(shown, width - LABEL_WIDTH) : []).map((text) => fact('trend', text)),
    ...workText(host).map((text) => fact('work', text)),
    fact('sources', readText(host)),
  ];
};

const powerParts = ({ host: { host, intervalSeconds }, use }: Shown): readonly string[] => {
  const { powerWatts, quality, source, errorBand, curve, passedThrough, complete, busy } = host;
  if (powerWatts === undefined || quality === undefined || source === undefined)
    return [
      intervalSeconds > 0
        ? 'no source gives the power of this host; `negawatt doctor` says why'
        : 'comes with the second sample',
    ];
  const basis = curve?.calibrated === true ? 'calibrated' : 'by assumption';
  const band = errorBand === undefined ? '' : `, +-${share(errorBand)} ${basis}`;
  const by = passedThrough === true ? ', counted by the host of this guest' : '';
  const partly = complete === true ? '' : ', without board and supply';
  return [
    `${figure(powerWatts)} W (${safe(quality)}, from ${safe(source)}${by}${band}${partly})`,
    ...(use.staticWatts === undefined ? [] : [`idle floor ${figure(use.staticWatts)} W`]),
    ...(busy === undefined ? [] : [`processors ${share(busy)} busy`]),
  ];
};

/** From two powers on. */
const trendText = ({ trends: { host } }: Shown, width: number): readonly string[] => {
  const known = host.filter((one) => one !== undefined);
  if (width <= 0 || known.length < 2) return [];
  const words = ` 0 to ${figure(Math.max(...known))} W`;
  const room = width - words.length;
  return room < 2 ? [] : [`${spark(host, room)}${words}`];
};

const emissionsText = (host: HostJson): readonly string[] => {
  const { location } = host.emissions;
  const { powerWatts } = host.host;
  const rate = powerWatts === undefined ? undefined : gramsPerHour(host, powerWatts);
  if (!location.available || rate === undefined) return [];
  const pue = location.pue === undefined ? 'no PUE set' : `PUE ${location.pue}`;
  return [`${figure(rate)} g/h (location-based, ${safe(location.factor.id)}, ${pue})`];
};

const RESOURCE: Readonly<Record<string, string>> = { other: 'rest' };

const partsText = ({ host }: HostJson): string =>
  host.powerByResource
    .map(({ resource, powerWatts }) => `${RESOURCE[resource] ?? safe(resource)} ${figure(powerWatts)} W`)
    .join(', ');

const workText = ({ host }: HostJson): readonly string[] =>
  (host.energyPerWork ?? []).map(({ unit, joulesPerUnit, workDone }) => {
    const { value, unit: size } = perPiece(joulesPerUnit);
    return `${value} ${size} each of ${count(workDone)} ${safe(unit)}`;
  });

const readText = ({ sources }: HostJson): string => {
  const read = sources.filter(({ state }) => state === 'up').map(({ name }) => safe(name));
  return read.length === 0 ? 'none is read; `negawatt doctor` says why' : read.join(', ');
};

/** Sources that are there and cannot be read, each with why. */
const illText = ({ sources }: HostJson): readonly string[] =>
  sources
    .filter(({ state }) => state === 'unreadable' || state === 'failing')
    .map(({ name, state, why }) => `${safe(name)} is ${safe(state)}: ${safe(why)}`);
