import { exampleMark } from '../carbon/example.ts';
import { balance, pointsOf } from '../ledger.ts';
import { METHOD_VERSION, type Point } from '../metrics.ts';
import type { LoadCurve, Quality } from '../model/meter.ts';
import type { SourceStatus } from '../model/sample.ts';
import { HOST_WORKLOAD } from '../model/work.ts';
import type { Snapshot } from '../snapshot.ts';
import { bytes, joules, ratio, seconds, toKilowattHours, watts } from '../units.ts';
import { embodiedJson } from './embodied-json.ts';
import { emissionsJson } from './emissions-json.ts';
import { gpusJson } from './gpus-json.ts';
import type {
  AgentJson,
  ComponentJson,
  HostFigures,
  HostJson,
  ProcessesJson,
  SourceJson,
} from './host-json.ts';
import { indexOf, type PointIndex } from './points.ts';
import { powerByResource } from './power-by-resource.ts';
import { lifeSci, type SciByOwner, withSci } from './sci-json.ts';
import { siteJson } from './site-json.ts';
import { type EnergyPerWorkByOwner, lifeEnergyPerWork, withEnergyPerWork } from './work-json.ts';
import { workloadsJson } from './workloads-json.ts';

/** `exported`: as a scrape shows them, new ones held at 0. `booked`: all of it at once, for whoever takes differences. */
export type Counters = 'exported' | 'booked';

/**
 * A snapshot for the API, the page and commands. Pure formatting: every figure is that of the snapshot's points, so by
 * default it equals what a scrape of the same tick shows.
 */
export const hostJson = (snapshot: Snapshot, counters: Counters = 'exported'): HostJson => {
  const { number, view, ledger } = snapshot;
  const { sample, carbon } = view;
  const points = indexOf(counters === 'booked' ? bookedPoints(snapshot) : snapshot.points);
  const energy = points.sum('hw_host_energy_joules_total');
  const perWork = lifeEnergyPerWork(snapshot);
  const sci = lifeSci(snapshot);
  return {
    ...known('example', exampleMark(carbon)),
    format: 1,
    tick: number,
    time: isoTime(sample.wall),
    intervalSeconds: view.duration,
    settling: energy < balance(ledger, 'hw_host_energy_joules_total'),
    host: hostFigures(snapshot, points, perWork, sci),
    components: componentsJson(snapshot, points),
    ...known('gpus', gpusJson(snapshot)),
    emissions: {
      location: emissionsJson('location', carbon, points, sample.wall),
      market: emissionsJson('market', carbon, points, sample.wall),
    },
    ...known('embodied', embodiedJson(snapshot, points)),
    ...known('site', siteJson(carbon, points)),
    workloads: workloadsJson(snapshot, points, perWork, sci),
    ...known('processes', processesJson(snapshot)),
    sources: sourcesJson(sample.sources),
    agent: agentJson(snapshot, points),
  };
};

/** The points of a snapshot with no counter held at 0. The counters come first in it, in the order of the ledger. */
const bookedPoints = ({ ledger, points }: Snapshot): readonly Point[] => [
  ...pointsOf(ledger, seconds(Number.POSITIVE_INFINITY)),
  ...points.slice(ledger.size),
];

/** Processes that a page and an answer name. */
const MOST_PROCESSES = 10;

const processesJson = ({ processes: use }: Snapshot): ProcessesJson | undefined =>
  use === undefined
    ? undefined
    : {
        windowSeconds: use.window,
        seenRatio: ratio(use.seen),
        largest: [...use.processes]
          .sort((a, b) => b.cpu - a.cpu)
          .slice(0, MOST_PROCESSES)
          .map(({ pid, name, cpu }) => ({ pid, name, cpuSeconds: cpu })),
      };

/** Sources as the API lists them. */
export const sourcesJson = (sources: readonly SourceStatus[]): readonly SourceJson[] =>
  sources.map(({ source, state, why, fix, quality, duration }) => ({
    name: source,
    state,
    why,
    fix,
    ...(quality === undefined ? {} : { quality }),
    durationSeconds: duration,
  }));

const isoTime = (milliseconds: number): string => new Date(milliseconds).toISOString();

const known = <K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: T };

const hostFigures = (
  snapshot: Snapshot,
  points: PointIndex,
  perWork: EnergyPerWorkByOwner,
  sci: SciByOwner,
): HostFigures => {
  const { view, setting } = snapshot;
  const { inventory, staticLabels } = setting;
  const { cpu, metered } = view;
  const energy = joules(points.sum('hw_host_energy_joules_total'));
  const fixed = joules(points.sum('negawatt_host_static_energy_joules_total'));
  const dynamic = joules(points.sum('negawatt_host_dynamic_energy_joules_total'));
  const power = points.value('hw_host_power_watts');
  const band = points.value('negawatt_host_power_error_ratio');
  const source = points.all('negawatt_host_energy_source_info')[0]?.labels;
  const model = metered.placed.find(({ role }) => role === 'model')?.meter.reads;
  const passedThrough = metered.placed.some(
    ({ role, meter }) => role === 'host' && meter.source === 'guest' && meter.domain === source?.source,
  );
  const curve = source?.source === 'model' && model?.as === 'curve' ? model.curve : undefined;
  return {
    name: inventory.hostName,
    ...known('cpuModel', inventory.cpuModel),
    ...known('cores', inventory.cores),
    ...known('memoryBytes', inventory.memory),
    ...known('hypervisor', inventory.hypervisor),
    labels: staticLabels,
    ...known('powerWatts', power === undefined ? undefined : watts(power)),
    powerByResource: powerByResource(snapshot),
    energyJoules: energy,
    energyKwh: toKilowattHours(energy),
    staticJoules: fixed,
    staticKwh: toKilowattHours(fixed),
    dynamicJoules: dynamic,
    dynamicKwh: toKilowattHours(dynamic),
    ...known('source', source?.source),
    ...known('quality', source?.quality as Quality | undefined),
    ...known('passedThrough', passedThrough ? true : undefined),
    ...known('complete', source === undefined ? undefined : source.complete === 'true'),
    ...known('errorBand', band === undefined ? undefined : ratio(band)),
    ...known('curve', curve === undefined ? undefined : curveJson(curve)),
    watchedSeconds: seconds(points.sum('negawatt_host_powered_on_seconds_total')),
    unmeteredSeconds: seconds(points.sum('negawatt_host_unmetered_seconds_total')),
    ...known('busy', cpu?.load),
    ...withEnergyPerWork(perWork, HOST_WORKLOAD),
    ...withSci(sci, HOST_WORKLOAD),
  };
};

const curveJson = ({ name, citation, calibrated }: LoadCurve): NonNullable<HostJson['host']['curve']> => ({
  name,
  citation,
  calibrated: calibrated === true,
});

const componentsJson = ({ view }: Snapshot, points: PointIndex): readonly ComponentJson[] =>
  points.all('hw_energy_joules_total').flatMap(({ labels, value }) => {
    const id = labels.hw_id ?? '';
    const meter = view.metered.placed.find((placed) => placed.meter.id === id)?.meter;
    if (meter === undefined) return [];
    const power = points.value('hw_power_watts', { hw_id: id });
    const floor = points.all('negawatt_floor_watts').find((point) => point.labels.hw_id === id);
    return [
      {
        id,
        type: labels.hw_type ?? '',
        label: meter.label,
        source: meter.source,
        quality: meter.quality,
        ...known('powerWatts', power === undefined ? undefined : watts(power)),
        energyJoules: joules(value),
        energyKwh: toKilowattHours(joules(value)),
        ...known('floor', floor && { watts: watts(floor.value), method: floor.labels.method ?? '' }),
      },
    ];
  });

const agentJson = ({ setting }: Snapshot, points: PointIndex): AgentJson => {
  const cpu = points.value('process_cpu_seconds_total');
  const memory = points.value('process_resident_memory_bytes');
  return {
    version: setting.version,
    nodeVersion: setting.nodeVersion,
    methodVersion: METHOD_VERSION,
    configSha256: setting.configSha256,
    startedAt: isoTime(setting.startedAt * 1000),
    ...known('cpuSeconds', cpu === undefined ? undefined : seconds(cpu)),
    ...known('residentBytes', memory === undefined ? undefined : bytes(memory)),
    energyJoules: joules(points.sum('negawatt_self_energy_joules_total')),
  };
};
