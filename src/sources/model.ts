import { absent, type Found, found } from '../model/found.ts';
import type { Inventory } from '../model/host.ts';
import type { DomainKind, LoadCurve, Meter } from '../model/meter.ts';
import type { OpenSource, Source } from '../model/source.ts';
import { ratio, scale, seconds, watts } from '../units.ts';
import { calibratedCurve } from './calibrated-curve.ts';
import { type CpuFamily, cpuFamily } from './cpu-family.ts';
import type { ModelOptions } from './model-options.ts';
import { familyNames, powerModelOf } from './power-models.ts';
import { tdpCurve } from './tdp-curve.ts';

const NAME = 'model';
const FIX =
  'Set sources.model.curve to a family of config/hardware/power-models.json, or to points of your own such as ' +
  '[{load: 0, watts: 100}, {load: 1, watts: 360}], best measured at a wall meter; or sources.model.tdp_watts to the TDP of one processor.';

/** A stand-in of another family is still less sure. Equally an assumption. */
const GENERIC_BAND = 0.4;

/** Load curve for hosts without a meter: estimated, whole host at the wall. */
export const modelSource = (options: ModelOptions, inventory: Inventory): Source => ({
  name: NAME,
  summary: 'estimated power from the busy share and a published load curve, for hosts without a meter',
  open: async () => {
    if (options.curve_file !== undefined) return openFile(options.curve_file, options, inventory);
    const curve = curveFor(options, inventory);
    if (!curve.found) {
      const byTdp = packagesByTdp(options, inventory);
      return byTdp === undefined ? curve : found(openModel(byTdp, 'package'));
    }
    return found(openModel(curve.value, 'platform'));
  },
});

const openFile = async (
  path: string,
  options: ModelOptions,
  inventory: Inventory,
): Promise<Found<OpenSource>> => {
  if (options.curve !== 'auto') {
    return absent(
      'sources.model.curve and sources.model.curve_file are both set: which one holds is not clear',
      'Remove one of the two.',
    );
  }
  // With what checks it, for such a file alone.
  const { readCurveFile } = await import('./curve-file.ts');
  const file = await readCurveFile(path);
  if (!file.found) return file;
  const placed = calibratedCurve(file.value, inventory, options.guest_threads);
  return placed.found ? found(openModel(placed.value.curve, placed.value.domain)) : placed;
};

/** What is left where no family fits and the operator knows the data sheet: the packages, without the rest. */
const packagesByTdp = (options: ModelOptions, inventory: Inventory): LoadCurve | undefined =>
  options.curve !== 'auto' || options.tdp_watts === undefined
    ? undefined
    : tdpCurve(
        watts(options.tdp_watts),
        inventory.sockets ?? 1,
        ratio(Math.max(GENERIC_BAND, options.error_band)),
      );

const openModel = (curve: LoadCurve, domain: DomainKind): OpenSource => {
  const idle = curve.points[0]?.power ?? watts(0);
  const full = curve.points.at(-1)?.power ?? watts(0);
  const basis = curve.calibrated === true ? curve.citation : 'assumed';
  const meter: Meter = {
    id: NAME,
    source: NAME,
    domain,
    label: `estimate: ${curve.name}`,
    reads: { as: 'curve', curve },
    quality: 'estimated',
    // Plausibility limit of a whole host, power reference 1.1.
    ceiling: watts(20_000),
    interval: seconds(0),
    floor: { power: idle, origin: `idle point of the load curve: ${curve.name}` },
  };
  return {
    detail: `${curve.name}: ${idle.toFixed(1)} W idle, ${full.toFixed(1)} W at full load, +-${Math.round(curve.errorBand * 100)} % ${basis}`,
    quality: 'estimated',
    read: (draft) => {
      draft.meters.push(meter);
    },
    close: () => {},
  };
};

/** The curve that stands for this host, or why there is none. */
export const curveFor = (options: ModelOptions, inventory: Inventory): Found<LoadCurve> => {
  if (typeof options.curve !== 'string') return ownCurve(options.curve, options);
  if (options.curve !== 'auto') {
    if (!familyNames.includes(options.curve))
      return absent(`no processor family "${options.curve}" in the hardware table`, FIX);
    return familyCurve({ family: options.curve, by: 'name' }, options, inventory);
  }
  const family = cpuFamily(inventory);
  if (family === undefined) {
    const seen =
      [inventory.cpuVendor, inventory.cpuModel].filter((text) => text !== undefined).join(' ') || 'unknown';
    return absent(`no load curve stands for this processor: ${seen}`, FIX);
  }
  return familyCurve(family, options, inventory);
};

const ownCurve = (
  points: Exclude<ModelOptions['curve'], string>,
  options: ModelOptions,
): Found<LoadCurve> => {
  const sorted = [...points].sort((a, b) => a.load - b.load);
  const climbs = sorted.every(({ load }, i) => i === 0 || load > (sorted[i - 1]?.load ?? 0));
  if (sorted.length < 2 || !climbs || sorted[0]?.load !== 0 || sorted.at(-1)?.load !== 1) {
    return absent(
      'sources.model.curve needs at least two points of different load, the first at 0 and the last at 1',
      FIX,
    );
  }
  return found({
    name: 'own points',
    citation: 'sources.model.curve of the configuration',
    points: sorted.map(({ load, watts: power }) => ({ load: ratio(load), power: watts(power) })),
    errorBand: ratio(options.error_band),
  });
};

/** Only idle and full load are published for a family: the curve is the straight line between them. */
const familyCurve = (
  { family, by }: CpuFamily,
  options: ModelOptions,
  inventory: Inventory,
): Found<LoadCurve> => {
  const guest = inventory.hypervisor !== undefined;
  const threads = (guest ? options.guest_threads : undefined) ?? inventory.threads;
  const perSocket = guest || inventory.sockets === undefined ? undefined : powerModelOf(family, 'W/socket');
  const model = perSocket ?? powerModelOf(family, 'W/thread');
  const count = perSocket === undefined ? threads : inventory.sockets;
  if (model === undefined || count === undefined || count <= 0) {
    return absent(`neither sockets nor threads of this host are known: ${family} gives no watts`, FIX);
  }
  const share = guest ? ', share of the host by threads' : '';
  const stand = by === 'generic' ? ', stand-in for an unknown processor' : '';
  const results = model.n === undefined ? model.statistic : `${model.statistic} of ${model.n} results`;
  return found({
    name: `${family}, ${count} x ${model.unit}${share}${stand}`,
    citation: `${model.source} (${results}; ${model.citation})`,
    points: [
      { load: ratio(0), power: scale(model.idle, count) },
      { load: ratio(1), power: scale(model.max, count) },
    ],
    errorBand: ratio(by === 'generic' ? Math.max(GENERIC_BAND, options.error_band) : options.error_band),
  });
};
