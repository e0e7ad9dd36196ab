import { glob } from '../attribution/classes.ts';
import { embodiedPolicy } from '../carbon/embodied.ts';
import { createEngine } from '../engine.ts';
import type { MeasureArm } from '../model/arm.ts';
import type { EmbodiedPolicy } from '../model/embodied.ts';
import type { Inventory } from '../model/host.ts';
import type { EnginePolicy } from '../pipeline.ts';
import type { Setting, Snapshot } from '../snapshot.ts';
import { embodiedTables } from '../sources/index.ts';
import { bytes, seconds, type Watts, watts } from '../units.ts';
import type { LabGrid } from './grid.ts';
import { createMachine, type LabTotals } from './machine.ts';
import { boardId } from './meters.ts';
import { type LabRole, ROLES, type RoleName } from './roles.ts';
import { createTruth, type LabChange } from './truth.ts';

export interface LabSpan {
  readonly from: number;
  readonly to: number;
}

/** What a simulated host is. Instants in seconds since 1970 UTC. */
export interface LabHostSpec {
  readonly name: string;
  readonly role: RoleName;
  /** Label `pool` of the host. */
  readonly pool?: string;
  /** Growth of demand in a year; left out: none. */
  readonly growth?: number;
  readonly changes?: readonly LabChange[];
  /** When it was put in place; left out: before the simulation begins. */
  readonly from?: number;
  readonly off?: readonly LabSpan[];
  /** Spans in which its list of pods cannot be read. */
  readonly silent?: readonly LabSpan[];
  /** Idle floor of each of its boards as its operator stated it, W; left out: it is learnt, where a board is ever free. */
  readonly boardFloor?: number;
  /** Spans in which nothing gives its energy: no meter and no load curve. */
  readonly unmetered?: readonly LabSpan[];
}

export interface LabHost {
  readonly spec: LabHostSpec;
  readonly role: LabRole;
  /** Lets time pass and takes one tick; undefined while the host is off. */
  tickAt(at: number): Snapshot | undefined;
  /** What was truly used and done. */
  readonly totals: Readonly<LabTotals>;
}

export interface LabHostInput {
  readonly spec: LabHostSpec;
  readonly seed: string;
  /** Age counts from here: what a host does follows it. */
  readonly born: number;
  /** From when on it is looked at. */
  readonly since: number;
  /** Seconds between two ticks, and between two scrapes. */
  readonly tick: number;
  readonly step: number;
  readonly grid: LabGrid;
  readonly version: string;
  /** What on/off tests ask of this host at a time, seconds since 1970 UTC. */
  readonly armsAt?: (at: number) => readonly MeasureArm[];
}

/** Classes by what people call online and offline work. */
const RULES = [
  { class: 'online', namespace: [glob('shop')] },
  { class: 'online', name: [glob('postgresql.service'), glob('app.service'), glob('serving-*')] },
  { class: 'training', namespace: [glob('research')] },
  { class: 'batch', kind: [/^job$/] },
  { class: 'system', kind: [/^unit$/] },
];

/** Workloads with series of their own: few, so that a fleet of hundreds stays small. */
const TOP = 3;

const inventoryOf = (name: string, role: LabRole): Inventory => ({
  hostName: name,
  cpuModel: role.cpuModel,
  sockets: role.sockets,
  cores: role.sockets * role.coresPerSocket,
  threads: role.sockets * role.coresPerSocket * 2,
  memory: bytes(role.memoryGib * 2 ** 30),
  disks: { rotating: 0, solid: 2 },
  system: 'simulated',
  ...(role.meters === 'model' ? { hypervisor: 'kvm' } : {}),
});

const floorsOf = ({ name, boardFloor }: LabHostSpec, role: LabRole): ReadonlyMap<string, Watts> =>
  new Map(
    boardFloor === undefined
      ? []
      : Array.from({ length: role.gpu?.count ?? 0 }, (_, board) => [boardId(name, board), watts(boardFloor)]),
  );

const embodiedOf = oncePerRole((role, name) =>
  embodiedPolicy({ enabled: true, lifetime_years: 5, gpus: {} }, inventoryOf(name, role), embodiedTables([])),
);

function oncePerRole(
  make: (role: LabRole, name: string) => EmbodiedPolicy | undefined,
): (role: LabRole, name: string) => EmbodiedPolicy | undefined {
  const held = new Map<LabRole, EmbodiedPolicy | undefined>();
  return (role, name) => {
    if (!held.has(role)) held.set(role, make(role, name));
    return held.get(role);
  };
}

/** A simulated host with the agent's own engine on it. Deterministic: the same input gives the same snapshots. */
export const createLabHost = (input: LabHostInput): LabHost => {
  const { spec, born, since, tick, step, grid, version, armsAt } = input;
  const role = ROLES[spec.role];
  const machine = createMachine({
    host: spec.name,
    ...{ role, since, tick },
    truthAt: createTruth({
      seed: `${input.seed} ${spec.name}`,
      ...{ role, since: born, growth: spec.growth ?? 0, changes: spec.changes ?? [] },
    }),
    off: spec.off ?? [],
    silent: spec.silent ?? [],
    unmetered: spec.unmetered ?? [],
  });
  const inventory = inventoryOf(spec.name, role);
  let now = since;
  const setting = (): Setting => ({
    inventory,
    staticLabels: { pool: spec.pool ?? spec.role },
    version,
    nodeVersion: 'simulated',
    configSha256: 'simulated',
    startedAt: since,
    stateKept: true,
    lastReload: { successful: true, at: since },
    gpuDetails: role.gpu !== undefined,
    grid: grid.statesAt(now * 1000),
    ...(armsAt === undefined ? {} : { arms: armsAt(now) }),
  });
  const policy: EnginePolicy = {
    metering: { interval: seconds(tick), floors: floorsOf(spec, role) },
    attribution: {
      staticShare: 'none',
      top: TOP,
      retention: seconds(900),
      naming: { facts: new Map(), rules: RULES },
    },
    processMetrics: false,
    history: false,
    embodied: embodiedOf(role, spec.name),
  };
  const engine = createEngine(setting, () => policy);
  engine.observeScrapeInterval(seconds(step));
  return {
    spec,
    role,
    totals: machine.totals,
    tickAt: (at) => {
      now = at;
      const sample = machine.sampleAt(at);
      if (sample === undefined) return undefined;
      const snapshot = engine.step(sample, grid.carbonAt);
      // Ended workloads are not kept here: they would be gathered for ever.
      engine.confirmPersisted();
      return snapshot;
    },
  };
};
