import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createMeterLog, type MeterLine } from '../../agent/meter-log.ts';
import { METER_EVENTS, type MeterEvent } from '../../src/energy/span.ts';
import type { Snapshot } from '../../src/snapshot.ts';
import { type InProcessAgent, startAgent } from '../fixtures/agent-in-process.ts';
import type { FakeHost } from '../fixtures/fake-host.ts';
import { laptopRapl } from '../fixtures/hosts.ts';

const METERS = [
  { id: 'package-0', label: 'package-0', source: 'rapl' },
  { id: 'psu-1', label: 'PSU 1', source: 'hwmon' },
];

interface Tick {
  readonly at: number;
  readonly events?: Readonly<Record<string, MeterEvent>>;
  /** Meters that were read; all unless told. */
  readonly read?: readonly string[];
  readonly frozen?: readonly string[];
}

const tickOf = ({ at, events = {}, read = METERS.map(({ id }) => id), frozen = [] }: Tick): Snapshot =>
  ({
    view: {
      sample: { at, meters: METERS, readings: read.map((meter) => ({ meter, at, microwatts: 1n })) },
      metered: {
        events: Object.entries(events).map(([meter, event]) => ({ meter, event })),
        state: { meters: { frozen: new Set(frozen) } },
      },
    },
  }) as unknown as Snapshot;

const linesOf = (...ticks: readonly Tick[]): readonly MeterLine[] => {
  const lines: MeterLine[] = [];
  const log = createMeterLog((line) => lines.push(line));
  for (const tick of ticks) log(tickOf(tick));
  return lines;
};
const kinds = (...ticks: readonly Tick[]): readonly string[] =>
  linesOf(...ticks).map(({ level, fields }) => `${level} ${fields.meter} ${fields.event}`);
/** Ticks every 5 s, both ends included. */
const every5 = (from: number, to: number, more: Omit<Tick, 'at'> = {}): readonly Tick[] =>
  Array.from({ length: (to - from) / 5 + 1 }, (_, index) => ({ at: from + 5 * index, ...more }));

describe('a meter event in the log', () => {
  it.each(METER_EVENTS)('%s says what happened, where, and what to do', (event) => {
    const [line] = linesOf({ at: 0, events: { 'psu-1': event } });
    expect(line?.level).toBe(event === 'wrap' || event === 'reset' ? 'info' : 'warn');
    expect(line?.message).toMatch(/^meter psu-1: \w.{20,}/);
    expect(line?.fields).toMatchObject({ meter: 'psu-1', label: 'PSU 1', source: 'hwmon', event });
    if (event !== 'wrap') expect(line?.fields.fix).not.toBe('');
    if (['sentinel', 'implausible', 'frozen'].includes(event))
      expect(line?.fields.fix).toContain('--no-source.hwmon');
  });

  it('that stands is one line, and one more when it has been over for a minute', () => {
    const lying = every5(0, 600, { events: { 'psu-1': 'sentinel' } });
    expect(kinds(...lying)).toEqual(['warn psu-1 sentinel']);
    expect(kinds(...lying, ...every5(605, 655))).toEqual(['warn psu-1 sentinel']);
    expect(kinds(...lying, ...every5(605, 900))).toEqual(['warn psu-1 sentinel', 'info psu-1 ordinary']);
  });

  it('is told anew when it comes back later', () => {
    const once = { events: { 'psu-1': 'implausible' } } as const;
    expect(kinds({ at: 0, ...once }, ...every5(5, 60), { at: 65, ...once })).toEqual([
      'warn psu-1 implausible',
      'info psu-1 ordinary',
      'warn psu-1 implausible',
    ]);
  });

  it('of another kind or another meter is a line of its own', () => {
    expect(
      kinds(
        { at: 0, events: { 'psu-1': 'sentinel', 'package-0': 'gap' } },
        { at: 5, events: { 'psu-1': 'implausible', 'package-0': 'gap' } },
      ),
    ).toEqual(['warn psu-1 sentinel', 'warn package-0 gap', 'warn psu-1 implausible']);
  });

  it('is not over while the meter is not read, nor while its counter still stands', () => {
    const sentinel = { at: 0, events: { 'psu-1': 'sentinel' } } as const;
    expect(kinds(sentinel, ...every5(5, 300, { read: [] }))).toEqual(['warn psu-1 sentinel']);
    const frozen = { at: 0, events: { 'package-0': 'frozen' }, frozen: ['package-0'] } as const;
    const standing = every5(5, 300, { frozen: ['package-0'] });
    expect(kinds(frozen, ...standing)).toEqual(['warn package-0 frozen']);
    expect(kinds(frozen, ...standing, ...every5(305, 400))).toEqual([
      'warn package-0 frozen',
      'info package-0 ordinary',
    ]);
  });

  it('of the ordinary life of a counter has no end to tell', () => {
    const wrap = { events: { 'package-0': 'wrap' } } as const;
    expect(kinds({ at: 0, ...wrap }, ...every5(5, 295), { at: 300, ...wrap })).toEqual([
      'info package-0 wrap',
      'info package-0 wrap',
    ]);
  });
});

describe('a board that says "no reading" for ten minutes on a running agent', () => {
  const hosts: FakeHost[] = [];
  const agents: InProcessAgent[] = [];
  afterEach(async () => {
    for (const agent of agents.splice(0)) await agent.close();
    for (const host of hosts.splice(0)) host.dispose();
  });

  it('is three lines of the log: when it begins, what it cost, and when it is over', async () => {
    const host = laptopRapl();
    hosts.push(host);
    const device = 'pci0000:00/0000:01:00.0';
    host.chip(0, device, { name: 'amdgpu', power1_average: '200000000', power1_label: 'PPT' });
    const agent = await startAgent(host);
    agents.push(agent);
    const file = join(host.root, `sys/devices/${device}/hwmon/hwmon0/power1_average`);
    writeFileSync(file, '4294967295\n');
    await agent.run(600);
    writeFileSync(file, '200000000\n');
    await agent.run(120);
    expect(agent.total('negawatt_meter_events_total')).toBeGreaterThan(500);
    const lines: MeterLine[] = [];
    const log = createMeterLog((line) => lines.push(line));
    for (const snapshot of agent.snapshots) log(snapshot);
    expect(lines.map(({ fields: { event, source } }) => `${source} ${event}`)).toEqual([
      'hwmon sentinel',
      'hwmon gap',
      'hwmon ordinary',
    ]);
  });
});
