import { exampleNotice, gramsPerHour, type HostJson } from '../../src/index.ts';
import { clock, count, figure, memory, perPiece } from '../figures.ts';
import { textWidth } from '../text-width.ts';
import type { Shown } from './shown.ts';
import { spark } from './trend.ts';
import { plain, safe, share } from './words.ts';

export interface HeaderLine {
  readonly text: string;
  readonly tone: 'title' | 'plain' | 'warning';
}

const LABEL_WIDTH = 9;
/** A host of more boards shows them in the JSON. */
const MOST_GPUS = 16;

/**
 * What is said of the host, most important first: on a low screen the end is left out.
 *
 * @param width columns that there are.
 * @param blocks whether its last powers are drawn.
 */
export const headerOf = (
  shown: Shown,
  from: string,
  problem: string | undefined,
  width: number,
  blocks: boolean,
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
    ...(blocks ? trendText(shown, width - LABEL_WIDTH) : []).map((text) => fact('trend', text)),
    ...emissionsText(host).map((text) => fact('CO2e', text)),
    ...(host.host.powerByResource.length < 2 ? [] : [fact('parts', partsText(host))]),
    ...workText(host).map((text) => fact('work', text)),
    fact('sources', readText(host)),
    ...gpusText(host).map((text) => fact('gpu', text)),
    ...illText(host).map((text) => fact('to mend', text, 'warning')),
  ];
};

/** Parts on as few lines as they fit on, in their order. */
const packed = (parts: readonly string[], width: number): readonly string[] => {
  const lines: string[] = [];
  for (const part of parts) {
    const longer = `${lines.at(-1)}, ${part}`;
    if (lines.length > 0 && textWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
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

const gpusText = ({ gpus = [] }: HostJson): readonly string[] => {
  const lines = gpus.slice(0, MOST_GPUS).map((gpu) => {
    const { hwId, model, powerWatts, powerLimitWatts, utilization, temperatureCelsius, throttled = [] } = gpu;
    const limit = powerLimitWatts === undefined ? '' : ` of ${figure(powerLimitWatts)}`;
    const { memoryUsedBytes: used, memoryTotalBytes: total } = gpu;
    const known = [
      ...(powerWatts === undefined ? [] : [`${figure(powerWatts)}${limit} W`]),
      ...(utilization === undefined ? [] : [`${share(utilization)} busy`]),
      ...(used === undefined
        ? []
        : [plain(total === undefined ? memory(used) : `${memory(used)} of ${memory(total)}`)]),
      ...(temperatureCelsius === undefined ? [] : [`${Math.round(temperatureCelsius)} C`]),
      ...(throttled.length === 0 ? [] : [`clocks held down: ${throttled.map(safe).join(', ')}`]),
    ];
    const name = `${safe(hwId)}${model === undefined ? '' : ` (${safe(model)})`}`;
    return `${name}: ${known.length === 0 ? 'tells nothing' : known.join(', ')}`;
  });
  const left = gpus.length - lines.length;
  return left > 0 ? [...lines, `and ${left} more`] : lines;
};
