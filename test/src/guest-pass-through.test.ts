import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Guests, openGuests } from '../../src/exporters/guests.ts';
import { GUEST_RANGE } from '../../src/model/guest-feed.ts';
import type { OpenSource, SampleDraft } from '../../src/model/source.ts';
import type { PersistedState } from '../../src/model/state.ts';
import type { EnginePolicy } from '../../src/pipeline.ts';
import { guestSource } from '../../src/sources/guest.ts';
import { guestOptions } from '../../src/sources/guest-options.ts';
import { raplSource } from '../../src/sources/rapl.ts';
import { type Seconds, seconds } from '../../src/units.ts';
import { type Run, runEngine } from '../fixtures/run-engine.ts';
import { type ScriptedHost, scriptedHost } from '../fixtures/scripted-host.ts';

const POLICY: EnginePolicy['attribution'] = { staticShare: 'used', top: 10, retention: seconds(900) };
const POLL_MS = 5;

let directory: string;
const opened: { close(): void }[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'negawatt-guests-'));
});
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A metered host of four processors with a virtual machine and something else. */
const hostWithGuest = (name = 'web'): ScriptedHost => {
  const host = scriptedHost();
  host.addMeter('package-0', 'package', 120);
  host.addMeter('wall', 'wall', 300, { source: 'custom' });
  host.addGroup('2', '/machine.slice');
  host.addGroup('3', `/machine.slice/machine-qemu\\x2d1\\x2d${name}.scope`, '2');
  host.addGroup('4', `/machine.slice/machine-qemu\\x2d1\\x2d${name}.scope/libvirt`, '3');
  host.addGroup('5', `/machine.slice/machine-qemu\\x2d1\\x2d${name}.scope/libvirt/vcpu0`, '4', true);
  host.addGroup('6', '/system.slice/nginx.service', '1', true);
  return host;
};
const USE = { busy: 3, groups: { 5: 1.5, 6: 1 } };

interface Publishing {
  readonly run: Run;
  readonly guests: Guests;
  readonly problems: (string | undefined)[];
  /** Lets 5 s pass on the host and hands on. */
  step(use?: typeof USE): Promise<void>;
}

const publish = async (
  host: ScriptedHost,
  {
    attribution = POLICY,
    retention = seconds(900),
    saved,
  }: {
    attribution?: EnginePolicy['attribution'];
    retention?: Seconds;
    saved?: PersistedState;
  } = {},
): Promise<Publishing> => {
  const run = runEngine({ attribution }, saved);
  const problems: (string | undefined)[] = [];
  const guests = await openGuests({
    directory,
    hostName: () => 'node-17',
    interval: () => seconds(5),
    retention: () => retention,
    onProblem: (problem) => problems.push(problem),
  });
  const take = async (): Promise<void> => {
    guests.take(run.step(host.sample()).view);
    await guests.settled();
  };
  await take();
  return {
    run,
    guests,
    problems,
    step: async (use = USE) => {
      host.advance(5, use);
      await take();
    },
  };
};

const openGuest = async (host: ScriptedHost, fields: object = { directory: join(directory, 'web') }) => {
  const clock = { monotonic: () => seconds(host.now), wall: () => host.wall };
  const source = await guestSource(guestOptions.parse(fields), POLL_MS).open(
    { procfs: '/none', sysfs: '/none', rootfs: '/' },
    clock,
  );
  if (!source.found) throw new Error(`${source.reason} | ${source.fix}`);
  opened.push(source.value);
  return source.value;
};

/** Reads until the host's last update has arrived. */
const heard = async (source: OpenSource): Promise<SampleDraft> => {
  const all: SampleDraft = { meters: [], readings: [] };
  await vi.waitFor(() => {
    const draft: SampleDraft = { meters: [], readings: [] };
    source.read(draft);
    all.meters.splice(0, all.meters.length, ...draft.meters);
    all.readings.push(...draft.readings);
    expect(all.readings.length).toBeGreaterThan(0);
  }, 5000);
  return all;
};

/** Joules that the host's rows hold for its guest, small rows included. */
const truthOf = (run: Run): number =>
  run.snapshots
    .flatMap(({ view }) => view.attributed.detail().shares)
    .filter(({ workload }) => workload.kind === 'vm')
    .reduce((total, { energy }) => total + energy, 0);
const energyIn = (name = 'web'): number =>
  Number(readFileSync(join(directory, name, 'class/powercap/intel-rapl:0/energy_uj'), 'utf8')) / 1e6;

describe('energy that a host hands on to a guest', () => {
  it('arrives in the guest as it was booked on the host, joule for joule', async () => {
    const host = hostWithGuest();
    const { run, step } = await publish(host);
    const guest = runEngine({ metering: { interval: seconds(5), floors: new Map() } });
    const inside = scriptedHost();
    const source = await openGuest(host);
    const tick = async (): Promise<void> => {
      const { meters, readings } = await heard(source);
      inside.now = host.now;
      inside.modes.idle += 10;
      guest.step({ ...inside.sample(readings), meters });
    };
    await tick();
    const before = truthOf(run);
    for (let i = 0; i < 30; i++) {
      await step({ busy: 3, groups: { 5: 0.5 + (i % 5) / 2, 6: 0.5 } });
      await tick();
    }
    const given = truthOf(run) - before;
    expect(given).toBeGreaterThan(100);
    expect(guest.total('hw_host_energy_joules_total')).toBeCloseTo(given, 4);
    expect(energyIn()).toBeCloseTo(truthOf(run), 4);
    const { source: from, quality, complete } = guest.snapshots.at(-1)!.view.metered.state.host;
    expect({ from, quality, complete }).toEqual({ from: 'platform', quality: 'derived', complete: true });
  });

  it('is of both parts of all resources that workloads share', async () => {
    const host = hostWithGuest();
    const { run, step } = await publish(host);
    for (let i = 0; i < 10; i++) await step();
    const shares = run.snapshots.flatMap(({ view }) => view.attributed.detail().shares);
    const parts = shares.filter(({ workload, energy }) => workload.kind === 'vm' && energy > 0);
    expect(new Set(parts.map(({ part }) => part))).toEqual(new Set(['dynamic', 'static_share']));
    expect(energyIn()).toBeCloseTo(truthOf(run), 4);
  });

  it('does not stand still because the guest is too small for a row of its own', async () => {
    const host = hostWithGuest();
    const { run, step } = await publish(host, { attribution: { ...POLICY, top: 0 } });
    for (let i = 0; i < 5; i++) await step();
    expect(run.total('negawatt_workload_energy_joules_total', { kind: 'vm' })).toBe(0);
    expect(energyIn()).toBeGreaterThan(50);
  });

  it('goes on where it stood when the agent on the host starts anew', async () => {
    const host = hostWithGuest();
    const first = await publish(host);
    const source = await openGuest(host);
    const guest = runEngine({ metering: { interval: seconds(5), floors: new Map() } });
    const inside = scriptedHost();
    const tick = async (): Promise<void> => {
      const { meters, readings } = await heard(source);
      inside.now = host.now;
      inside.modes.idle += 10;
      guest.step({ ...inside.sample(readings), meters });
    };
    await tick();
    for (let i = 0; i < 5; i++) {
      await first.step();
      await tick();
    }
    const before = energyIn();
    host.advance(60, { busy: 36, groups: { 5: 18, 6: 12 } });
    const second = await publish(host, { saved: first.run.engine.persist(true).state });
    await tick();
    for (let i = 0; i < 5; i++) {
      await second.step();
      await tick();
    }
    expect(energyIn()).toBeGreaterThan(before);
    expect(energyIn() - before).toBeCloseTo(truthOf(second.run), 4);
    expect(guest.total('hw_host_energy_joules_total')).toBeCloseTo(
      truthOf(first.run) + truthOf(second.run),
      3,
    );
    expect(guest.total('negawatt_meter_events_total')).toBe(0);
  });

  it('is not counted twice when the agent is killed and goes on from an older state', async () => {
    const host = hostWithGuest();
    const first = await publish(host);
    await first.step();
    const { state } = first.run.engine.persist(true);
    for (let i = 0; i < 4; i++) await first.step();
    const before = energyIn();
    // Killed: what was saved 20 s before is all that the next run knows; the next 20 s nobody looks.
    host.advance(20, { busy: 12, groups: { 5: 6, 6: 4 } });
    const second = await publish(host, { saved: state });
    expect(truthOf(second.run)).toBeCloseTo(before * (8 / 5), 4);
    expect(energyIn()).toBeCloseTo(before * (9 / 5), 4);
  });

  it('stays an estimate where the host only estimates', async () => {
    const host = hostWithGuest();
    host.counters.clear();
    host.addModel(100, 400);
    const { step, guests } = await publish(host);
    for (let i = 0; i < 3; i++) await step();
    expect(guests.feeds()).toMatchObject([{ id: 'web', quality: 'estimated', source: 'model' }]);
    const source = await openGuest(host);
    expect(source.quality).toBe('estimated');
    expect(source.detail).toBe('passed through by the host node-17: estimated, from its model');
    expect((await heard(source)).meters).toMatchObject([{ quality: 'estimated', domain: 'platform' }]);
  });

  it('is a powercap tree to whatever else reads such trees', async () => {
    const host = hostWithGuest();
    const { step } = await publish(host);
    await step();
    const rapl = await raplSource().open(
      { procfs: '/none', sysfs: join(directory, 'web'), rootfs: '/' },
      { monotonic: () => seconds(0), wall: () => 0 },
    );
    if (!rapl.found) throw new Error(rapl.reason);
    opened.push(rapl.value);
    const draft: SampleDraft = { meters: [], readings: [] };
    rapl.value.read(draft);
    expect(draft.meters).toMatchObject([{ id: 'package-0', domain: 'package' }]);
    expect(draft.readings).toMatchObject([{ microjoules: BigInt(Math.round(energyIn() * 1e6)) }]);
  });
});

describe('the folders of guests', () => {
  it('have names that stay below the directory, one for each guest', async () => {
    const host = hostWithGuest('a\\x2fb');
    host.addGroup('7', '/machine.slice/machine-qemu\\x2d2\\x2da_b.scope', '2', true);
    host.addGroup('8', '/machine.slice/machine-qemu\\x2d3\\x2d...scope', '2', true);
    const { guests } = await publish(host);
    const ids = guests.feeds().map(({ id }) => id);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) {
      expect(id).toMatch(/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/);
      expect(existsSync(join(directory, id, 'source'))).toBe(true);
    }
  });

  it('are read by the owner and its group alone', async () => {
    const { step } = await publish(hostWithGuest());
    await step();
    expect(statSync(join(directory, 'web')).mode & 0o777).toBe(0o750);
    expect(statSync(join(directory, 'web/source')).mode & 0o777).toBe(0o640);
  });

  it('go when their guest has ended and the retention is over, and nothing else goes', async () => {
    const host = hostWithGuest();
    mkdirSync(join(directory, 'mine'));
    writeFileSync(join(directory, 'mine', 'source'), 'precious');
    const { step, guests } = await publish(host, { retention: seconds(12) });
    await step();
    for (const id of ['3', '4', '5']) host.groups.delete(id);
    const quiet = { busy: 1, groups: { 6: 1 } } as unknown as typeof USE;
    await step(quiet);
    await step(quiet);
    expect(existsSync(join(directory, 'web'))).toBe(true);
    await step(quiet);
    await step(quiet);
    expect(existsSync(join(directory, 'web'))).toBe(false);
    expect(guests.feeds()).toEqual([]);
    expect(readFileSync(join(directory, 'mine', 'source'), 'utf8')).toBe('precious');
  });

  it('that cannot be written are told of once, and made whole again', async () => {
    const host = hostWithGuest();
    const { step, problems } = await publish(host);
    rmSync(join(directory, 'web'), { recursive: true });
    writeFileSync(join(directory, 'web'), 'in the way');
    host.addGroup('9', '/machine.slice/machine-qemu\\x2d9\\x2dzoo.scope', '2', true);
    await step();
    await step();
    expect(problems).toEqual([expect.stringContaining('web')]);
    // The one that comes after it is written all the same.
    expect(existsSync(join(directory, 'zoo/updated'))).toBe(true);
    rmSync(join(directory, 'web'));
    await step();
    expect(problems).toEqual([expect.any(String), undefined]);
    expect(energyIn()).toBeGreaterThan(0);
    expect(readFileSync(join(directory, 'web/class/powercap/intel-rapl:0/name'), 'utf8')).toBe('package-0\n');
  });

  it('wrap to 0 where they say, and the guest loses nothing', async () => {
    const host = hostWithGuest();
    const near = GUEST_RANGE - 40_000_000n;
    const first = await publish(host);
    writeFileSync(join(directory, 'web/class/powercap/intel-rapl:0/energy_uj'), `${near}\n`);
    const { run, step, guests } = await publish(host, { saved: first.run.engine.persist(true).state });
    const source = await openGuest(host);
    const guest = runEngine();
    const inside = scriptedHost();
    for (let i = 0; i < 4; i++) {
      const { meters, readings } = await heard(source);
      inside.now = host.now;
      inside.modes.idle += 10;
      guest.step({ ...inside.sample(readings), meters });
      if (i < 3) await step();
    }
    expect(guests.feeds()[0]!.microjoules).toBeLessThan(near);
    expect(guest.total('hw_host_energy_joules_total')).toBeCloseTo(truthOf(run), 3);
  });
});

describe('the meter that a host passes through', () => {
  const statusOf = (source: OpenSource): string => {
    try {
      source.read({ meters: [], readings: [] });
      return 'up';
    } catch (error) {
      return String(error);
    }
  };

  it('fails when the host has not updated it for long, and is well again after the next update', async () => {
    const host = hostWithGuest();
    const { step } = await publish(host);
    const source = await openGuest(host, { directory: join(directory, 'web'), max_age: 30 });
    host.advance(29);
    expect(statusOf(source)).toBe('up');
    host.advance(2);
    expect(statusOf(source)).toMatch(/the host passed nothing through for 31 s/);
    await step();
    await vi.waitFor(() => expect(statusOf(source)).toBe('up'), 5000);
  });

  it('that is old already at the start fails at once', async () => {
    const host = hostWithGuest();
    await publish(host);
    host.advance(3600);
    expect(statusOf(await openGuest(host))).toMatch(/passed nothing through for 3600 s/);
  });

  it.each([
    ['no folder', { directory: '/nowhere/web' }, /cannot read \/nowhere\/web\/updated: ENOENT/],
    ['both ways', { directory: '/a', url: 'http://h/api/v1/guests/web' }, /both/],
    [
      'nobody at the address',
      { url: 'http://127.0.0.1:1/api/v1/guests/web' },
      /127\.0\.0\.1:1\/.*ECONNREFUSED/,
    ],
  ])('with %s says what to do', async (_, fields, reason) => {
    await expect(openGuest(hostWithGuest(), fields)).rejects.toThrow(reason);
  });

  it('that is something else is refused', async () => {
    const host = hostWithGuest();
    await publish(host);
    writeFileSync(join(directory, 'web/source'), '{"format":"other"}\n');
    await expect(openGuest(host)).rejects.toThrow(/format is not what a host hands on/);
    writeFileSync(join(directory, 'web/source'), 'nonsense\n');
    await expect(openGuest(host)).rejects.toThrow(/no JSON/);
  });
});
