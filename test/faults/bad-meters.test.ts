/**
 * Every kind of meter that can go wrong, gone wrong in every way: what it says is told once and counted, what others
 * measure goes on to the joule, no counter falls or jumps, and it is back when it is well.
 */
import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type InProcessAgent, startAgent } from '../fixtures/agent-in-process.ts';
import { expectRowsAreHost } from '../fixtures/closure.ts';
import { newerTree, startBmc } from '../fixtures/fake-bmc.ts';
import type { FakeHost } from '../fixtures/fake-host.ts';
import { fakeProgram } from '../fixtures/fake-program.ts';
import { laptopRapl } from '../fixtures/hosts.ts';
import { noFakeNvml } from '../fixtures/nvml/install.ts';
import { boardId, simulatedGpus } from '../fixtures/nvml/simulated.ts';
import { steadyScraper } from '../fixtures/steady.ts';

const START = Date.UTC(2026, 0, 1);
const PACKAGE = 12;
const WATTS = 350;

/** A meter of 350 W beside the package: how it is set up, and how it goes wrong. */
interface Patient {
  readonly agent: InProcessAgent;
  /** Says so from now on; undefined: as it should. */
  say(what: string | undefined): void;
  /** Called before each tick. */
  renew?(): void;
}
const clean: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const step of clean.splice(0).reverse()) await step();
});
const hostFor = (): FakeHost => {
  const host = laptopRapl();
  clean.push(() => host.dispose());
  return host;
};
const started = async (...of: Parameters<typeof startAgent>): Promise<InProcessAgent> => {
  const agent = await startAgent(...of);
  clean.push(() => agent.close());
  return agent;
};

const PATIENTS: Readonly<Record<string, () => Promise<Patient>>> = {
  nvml: async () => {
    const host = hostFor();
    const gpus = simulatedGpus(host, 1);
    const agent = await started(host, { gpus });
    return { agent, say: (what) => gpus.say(...(what === undefined ? [] : [what])) };
  },
  hwmon: async () => {
    const host = hostFor();
    const device = 'LNXSYSTM:00/ACPI000D:00';
    const files = { name: 'power_meter', power1_average: `${WATTS}000000`, power1_average_interval: '1000' };
    host.chip(0, device, files);
    const agent = await started(host);
    return {
      agent,
      say: (what) => {
        if (what === 'gone') {
          host.remove('sys/class/hwmon/hwmon0');
          host.remove(`sys/devices/${device}`);
        } else host.chip(0, device, { ...files, power1_average: what ?? `${WATTS}000000` });
      },
    };
  },
  custom: async () => {
    const host = hostFor();
    const file = join(host.root, 'run/pdu');
    host.write('run/pdu', String(WATTS));
    // By the clock of the host, which begins then.
    utimesSync(file, new Date(START), new Date(START));
    const agent = await started(host, {
      sources: {
        custom: {
          meters: [
            { name: 'pdu', domain: 'wall', unit: 'W', interval: '5s', max_age: '15s', file: '/run/pdu' },
          ],
        },
      },
    });
    let said: string | undefined = String(WATTS);
    return {
      agent,
      say: (what = String(WATTS)) => {
        said = what;
      },
      renew: () => {
        if (said === 'stale') return;
        if (said === 'gone') return rmSync(file, { force: true });
        writeFileSync(file, `${said}\n`);
        agent.touch('run/pdu');
      },
    };
  },
  ipmi: async () => {
    const host = hostFor();
    host.write('dev/ipmi0', '');
    host.write('said', `Instantaneous power reading: ${WATTS} Watts\nPower reading state is: activated`);
    fakeProgram(
      host,
      'usr/bin/ipmitool',
      'test -e "$ROOT/dead" && { echo "Could not open device at /dev/ipmi0" >&2; exit 1; }\ncat "$ROOT/said"',
    );
    const agent = await started(host);
    return {
      agent,
      say: (what) => {
        if (what === 'gone') host.write('dead', '');
        else host.remove('dead');
        const text = what === undefined || what === 'gone' ? String(WATTS) : what;
        host.write('said', `Instantaneous power reading: ${text} Watts\nPower reading state is: activated`);
      },
    };
  },
  redfish: async () => {
    const host = hostFor();
    const environment: { PowerWatts: { Reading: unknown } } = { PowerWatts: { Reading: WATTS } };
    const bmc = await startBmc(newerTree([], environment));
    clean.push(() => bmc.close());
    const path = '/redfish/v1/Chassis/1/EnvironmentMetrics';
    const agent = await started(host, {
      flags: { 'sources.redfish.url': bmc.url, 'sources.redfish.auth': 'none' },
    });
    return {
      agent,
      say: (what) => {
        environment.PowerWatts.Reading =
          what === undefined ? WATTS : JSON.parse(/^-?\d/.test(what) ? what : '""');
        bmc.tree[path] = environment;
        if (what === 'gone') bmc.tree[path] = (_, response) => response.writeHead(503).end('{}');
        if (what === 'locked') bmc.tree[path] = (_, response) => response.writeHead(401).end('{}');
        if (what === 'html')
          bmc.tree[path] = (_, response) =>
            response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Log in</html>');
        if (what === 'hang') bmc.tree[path] = () => {};
      },
    };
  },
};

interface Bad {
  readonly meter: keyof typeof PATIENTS;
  readonly name: string;
  readonly say: string;
  /** State and reason while it lasts; where it is up, its readings are dropped and counted. */
  readonly shows: RegExp;
  /** Seconds until it is asked again, where that is long. */
  readonly rest?: number;
  /** Requests that never end meanwhile. */
  readonly hung?: number;
}

const TABLE: readonly Bad[] = [
  {
    meter: 'nvml',
    name: 'hangs',
    say: 'hang 1',
    hung: 1,
    shows: /^failing: the NVIDIA driver does not answer \(for \d+ s\)/,
  },
  { meter: 'nvml', name: 'says all ones', say: 'gpu 0 energy 18446744073709551615', shows: /^up: / },
  {
    meter: 'nvml',
    name: 'has lost its board',
    say: 'gpu 0 error all 15',
    shows: /^(failing|unreadable): .*the GPU is lost/,
  },
  {
    meter: 'nvml',
    name: 'refuses its energy',
    say: 'gpu 0 error energy 999',
    shows: /^failing: .*error 999/,
  },
  {
    meter: 'hwmon',
    name: 'says a negative power',
    say: '-5000000',
    shows: /^(up: |failing: .*power1_average)/,
  },
  { meter: 'hwmon', name: 'says a hundred times as much', say: `${WATTS * 100}000000`, shows: /^up: / },
  { meter: 'hwmon', name: 'says 0xFFFFFFFF', say: '4294967295', shows: /^up: / },
  { meter: 'hwmon', name: 'is gone', say: 'gone', shows: /^(absent|failing): / },
  { meter: 'custom', name: 'says a negative power', say: '-5', shows: /^failing: .*pdu.*-5/ },
  { meter: 'custom', name: 'says a hundred times as much', say: String(WATTS * 100), shows: /^up: / },
  { meter: 'custom', name: 'says text', say: 'N/A', shows: /^failing: .*pdu.*N\/A/ },
  { meter: 'custom', name: 'is not renewed', say: 'stale', shows: /^failing: .*pdu.*old/ },
  { meter: 'custom', name: 'is gone', say: 'gone', shows: /^failing: .*pdu/ },
  { meter: 'ipmi', name: 'says a negative power', say: '-5', shows: /^failing: / },
  { meter: 'ipmi', name: 'says a hundred times as much', say: String(WATTS * 100), shows: /^up: / },
  { meter: 'ipmi', name: 'says 0xFFFFFFFF', say: '4294967295', shows: /^(up|failing): / },
  { meter: 'ipmi', name: 'says text', say: 'N/A', shows: /^failing: / },
  { meter: 'ipmi', name: 'is gone', say: 'gone', shows: /^(failing|unreadable): .*Could not open device/ },
  {
    meter: 'redfish',
    name: 'says a negative power',
    say: '-5',
    shows: /^(failing|absent): .*tells no power/,
  },
  {
    meter: 'redfish',
    name: 'says a hundred times as much',
    say: String(WATTS * 100),
    shows: /^(up|failing): /,
  },
  { meter: 'redfish', name: 'says 0xFFFFFFFF', say: '4294967295', shows: /^(up|failing): / },
  { meter: 'redfish', name: 'says text', say: 'text', shows: /^(failing|absent): .*tells no power/ },
  { meter: 'redfish', name: 'answers with HTML', say: 'html', shows: /^failing: .*something else than JSON/ },
  {
    meter: 'redfish',
    name: 'is busy',
    say: 'gone',
    shows: /^failing: .*is busy and asks to come back in 60 s/,
  },
  {
    meter: 'redfish',
    name: 'refuses the account',
    say: 'locked',
    shows: /^(failing|unreadable): .*HTTP 401/,
    rest: 300,
  },
  {
    meter: 'redfish',
    name: 'takes 30 s',
    say: 'hang',
    hung: 1,
    shows: /^failing: .*gave no answer within 10 s/,
  },
];
const WELL = 60;
const ILL = 75;
const RECOVERY = 150;

describe.each(TABLE)('a meter of $meter that $name', ({ meter, say, shows, hung = 0, rest = RECOVERY }) => {
  test.skipIf(meter === 'nvml' && noFakeNvml !== '')(
    'is told once, and costs nothing but itself',
    async () => {
      const patient = await PATIENTS[meter]!();
      const { agent } = patient;
      const load = { zones: { 'intel-rapl:0': PACKAGE }, busy: 2, gpus: { 0: { watts: WATTS } } };
      const scraper = steadyScraper(agent, {
        'hw_energy_joules_total{hw_id="package-0"': PACKAGE,
        'hw_energy_joules_total{hw_id="GPU': WATTS,
        hw_host_energy_joules_total: WATTS + PACKAGE,
      });
      const run = async (duration: number): Promise<void> => {
        for (let passed = 0; passed < duration; passed += 5) {
          patient.renew?.();
          await agent.run(5, load);
        }
      };
      /** Energy of the meter itself. */
      const own = (): number =>
        meter === 'nvml'
          ? agent.total('hw_energy_joules_total', { hw_id: boardId(0) })
          : agent.total('hw_host_energy_joules_total') - agent.total('hw_energy_joules_total', {});
      const states = (): readonly string[] =>
        agent.log.filter(({ source }) => source === meter).map(({ state }) => state);
      await run(WELL);
      expect(states()).toEqual(['up']);
      const before = own();
      expect(before).toBeGreaterThan(200 * (WELL - 25));

      patient.say(say);
      agent.hung = hung;
      for (let passed = 0; passed < ILL; passed += 5) {
        await run(5);
        await scraper.scrape();
      }
      // As the last tick saw it, which is what a scrape shows.
      const { state, why, fix } = agent.snapshots
        .at(-1)!
        .view.sample.sources.find(({ source }) => source === meter)!;
      expect(`${state}: ${why}`).toMatch(shows);
      const text = await scraper.scrape();
      const dropped = text.sum('negawatt_meter_events_total');
      if (state === 'up') {
        expect(states()).toEqual(['up']);
        expect(dropped).toBeGreaterThan(0);
      } else {
        expect(fix).not.toBe('');
        // Failing, then what a new look finds.
        expect(states().length, `one line each: ${states().join()}`).toBeLessThanOrEqual(3);
        expect(states().filter((one) => one === state)).toHaveLength(1);
        expect(text.value(`negawatt_source_up{source="${meter}"}`)).toBe(0);
        expect(text.sum('negawatt_source_info', { source: meter, reason: state })).toBe(1);
      }
      expect(agent.total('hw_energy_joules_total', { hw_id: 'package-0' })).toBeCloseTo(
        PACKAGE * (WELL + ILL),
        6,
      );
      expect(text.series.filter(({ name, value }) => name === 'hw_host_power_watts' && value === 0)).toEqual(
        [],
      );

      patient.say(undefined);
      await run(30);
      agent.hung = 0;
      for (let passed = 30; passed < rest; passed += 30) {
        await run(30);
        await scraper.scrape();
      }
      expect(agent.status(meter).state).toBe('up');
      const mended = own();
      await run(30);
      expect(own() - mended, 'it counts again').toBeGreaterThan(300 * 20);
      expect(agent.total('hw_energy_joules_total', { hw_id: 'package-0' })).toBeCloseTo(
        PACKAGE * (WELL + ILL + rest + 30),
        6,
      );
      for (const snapshot of agent.snapshots) expectRowsAreHost(snapshot);
    },
  );
});
