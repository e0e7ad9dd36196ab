import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { METRIC_NAMES, type MetricName, metricOf } from '../../src/metrics.ts';
import { eventually, freshDirectory, runCommand, startAgent } from '../fixtures/agent-process.ts';
import { olderTree, startBmc } from '../fixtures/fake-bmc.ts';
import type { FakeHost } from '../fixtures/fake-host.ts';
import { fakeProgram, printing } from '../fixtures/fake-program.ts';
import { laptopRapl } from '../fixtures/hosts.ts';

let directory: ReturnType<typeof freshDirectory>;
beforeEach(() => {
  directory = freshDirectory();
});
afterEach(() => directory.remove());

const file = (name: string, text: string): string => {
  const path = join(directory.path, name);
  writeFileSync(path, text);
  return path;
};

describe('negawatt run', () => {
  it('says where it is found, what it found, what not, and why', async () => {
    const agent = await startAgent([`--state.dir=${join(directory.path, 'state')}`]);
    try {
      const output = agent.output();
      expect(output).toMatch(/metrics {2}http:\/\/127\.0\.0\.1:\d+\/metrics/);
      expect(output).toMatch(/page {5}http:\/\/127\.0\.0\.1:\d+\/\n/);
      expect(output).toMatch(/cpu +up +\d+ processors? online/);
      expect(output).toMatch(/not set: energy is exported, CO2e is not; set it with --grid\.zone/);
      const text = await agent.get('/metrics');
      expect(text).not.toContain('grams');
      expect(await agent.get('/')).toMatch(/^<!doctype html>/i);
    } finally {
      expect(await agent.stop()).toBe(0);
    }
  });

  it('goes on counting where it stopped', async () => {
    const flags = [
      `--state.dir=${join(directory.path, 'state')}`,
      `--config.file=${file('c.yaml', 'sampling: {interval: 1s}\n')}`,
    ];
    const energyOf = (text: string): number => Number(/^hw_host_energy_joules_total (\S+)/m.exec(text)?.[1]);
    const first = await startAgent(flags);
    const before = await eventually(async () => {
      const host = (await first.json<{ agent: unknown; tick: number }>('/api/v1/snapshot')).tick;
      if (host < 2) throw new Error('too early');
      return host;
    });
    expect(before).toBeGreaterThanOrEqual(2);
    await first.stop();
    const second = await startAgent(flags);
    try {
      // Series of an earlier run are known to the scrapers: shown at once, never held at 0.
      expect(energyOf(await second.get('/metrics'))).toBeGreaterThan(0);
    } finally {
      await second.stop();
    }
  });

  it('no counter that a scraper has seen comes back lower after a kill', async () => {
    const flags = [
      `--state.dir=${join(directory.path, 'state')}`,
      `--config.file=${file('c.yaml', 'sampling: {interval: 1s}\ngrid: {zone: FR}\n')}`,
    ];
    const counters = (text: string): Map<string, number> => {
      const kept = METRIC_NAMES.filter((name) => metricOf(name).persisted === true);
      const lines = text.split('\n').map((line) => /^(\w+)(\{.*\})? (\S+)$/.exec(line));
      return new Map(
        lines.flatMap((m) =>
          m !== null && kept.includes(m[1] as MetricName)
            ? [[`${m[1]}${m[2] ?? ''}`, Number(m[3])] as const]
            : [],
        ),
      );
    };
    // Three lives, each ended without a word; the second and the third show at once what the one before had counted.
    let before = new Map<string, number>();
    for (let life = 0; life < 3; life++) {
      const agent = await startAgent(flags);
      const start = (await agent.json<{ tick: number }>('/api/v1/snapshot')).tick;
      await eventually(async () => {
        if ((await agent.json<{ tick: number }>('/api/v1/snapshot')).tick < start + 3)
          throw new Error('too early');
      });
      const now = counters(await agent.get('/metrics'));
      const lower = [...before].filter(([series, value]) => !((now.get(series) ?? -1) >= value));
      expect(lower.map(([series, value]) => `${series}: ${value}, then ${now.get(series)}`)).toEqual([]);
      before = now;
      expect(await agent.stop('SIGKILL')).toBe('SIGKILL');
    }
    expect(before.get('hw_host_energy_joules_total')).toBeGreaterThan(0);
  });

  it('an example zone is named on every screen, line and answer, and leaves no gram behind', async () => {
    const state = `--state.dir=${join(directory.path, 'state')}`;
    const flags = ['--config.file=config/quickstart.yaml', state];
    // At the level of debug the log has a line for each source.
    const agent = await startAgent([...flags, '--log.level=debug']);
    expect(agent.output()).toContain('EXAMPLE ZONE DE');
    expect((await agent.json<{ example: string }>('/api/v1/snapshot')).example).toBe('EXAMPLE ZONE DE');
    expect(await agent.get('/')).toContain('EXAMPLE ZONE DE');
    expect(await agent.get('/metrics')).toMatch(/^negawatt_config_example 1$/m);
    expect(await agent.get('/metrics')).toContain('negawatt_emissions_location_grams_total');
    await agent.stop();
    const lines = agent.errors().trim().split('\n');
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) expect(line).toContain('EXAMPLE ZONE DE');

    const own = await startAgent([...flags, '--grid.zone=FR']);
    try {
      expect(own.output()).not.toContain('EXAMPLE');
      const text = await own.get('/metrics');
      expect(text).toMatch(/^negawatt_config_example 0$/m);
      expect(text).not.toContain('grid_zone="DE"');
    } finally {
      await own.stop();
    }
  });

  it('an unknown zone is a clear error that names near ones, and energy goes on', async () => {
    const agent = await startAgent([`--state.dir=${join(directory.path, 's')}`, '--grid.zone=Germny']);
    try {
      expect(agent.errors()).toMatch(/Germny/);
      expect(agent.errors()).toMatch(/\bDE\b/);
      expect(await agent.get('/metrics')).toContain('hw_host_energy_joules_total');
      expect(await agent.get('/metrics')).not.toContain('grams');
    } finally {
      await agent.stop();
    }
  });

  it('a second agent on the same address or the same state is refused in words', async () => {
    const state = join(directory.path, 'state');
    const first = await startAgent([`--state.dir=${state}`]);
    try {
      const port = new URL(first.url).port;
      const address = await runCommand([
        'run',
        `--web.listen-address=127.0.0.1:${port}`,
        `--state.dir=${join(directory.path, 'b')}`,
      ]);
      expect(address.code).toBe(1);
      expect(address.stderr).toMatch(new RegExp(`127\\.0\\.0\\.1:${port}`));
      expect(address.stderr).toContain('--web.listen-address');
      const same = await runCommand(['run', '--web.listen-address=127.0.0.1:0', `--state.dir=${state}`]);
      expect(same.code).toBe(1);
      expect(same.stderr).toContain(state);
      for (const { stderr } of [address, same]) expect(stderr).not.toMatch(/\n\s+at /);
    } finally {
      await first.stop();
    }
  });
});

describe('negawatt once', () => {
  it('measures one interval and prints it for people and for programs', async () => {
    const text = await runCommand(['once', '--interval', '1s', '--grid.zone', 'FR']);
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/power +[\d.]+ W/);
    expect(text.stdout).toMatch(/CO2e +[\d.e-]+ g \(location-based, FR\/direct\/2023, no PUE set\)/);
    const { stdout } = await runCommand(['once', '--interval', '1s', '--json']);
    const report = JSON.parse(stdout) as {
      host: { energyJoules: number };
      interval: { hostJoules: number; workloads: { dynamicJoules: number; staticShareJoules: number }[] };
    };
    expect(report.interval.hostJoules).toBeGreaterThan(0);
    expect(report.host.energyJoules).toBe(report.interval.hostJoules);
    const sum = report.interval.workloads.reduce(
      (all, row) => all + row.dynamicJoules + row.staticShareJoules,
      0,
    );
    expect(sum).toBeCloseTo(report.interval.hostJoules, 6);
    const csv = await runCommand(['once', '--interval', '1s', '--format', 'csv']);
    expect(csv.stdout.split('\r\n')[0]).toBe(
      'workload,kind,class,cpu_seconds,dynamic_joules,static_share_joules,grams_co2e,example',
    );
  }, 60_000);
});

describe('negawatt doctor', () => {
  it('lists every source with state, reason and fix, and the zone and state beside them', async () => {
    const { code, stdout } = await runCommand(['doctor', '--json', '--no-source.hwmon']);
    expect(code).toBe(0);
    const { sources, checks } = JSON.parse(stdout) as Record<
      'sources' | 'checks',
      { name: string; status: string; why: string; fix: string }[]
    >;
    expect(sources.map(({ name }) => name)).toEqual([
      'cpu',
      'memory',
      'rapl',
      'cray',
      'hwmon',
      'drm',
      'nvml',
      'ipmi',
      'redfish',
      'custom',
      'guest',
      'model',
      'cgroup',
      'oci',
      'podman',
      'docker',
      'kubelet',
      'slurm',
      'libvirt',
      'process',
      'work',
    ]);
    expect(sources.find(({ name }) => name === 'hwmon')).toMatchObject({ status: 'off' });
    for (const { status, why, fix } of sources) {
      expect(why).not.toBe('');
      // A machine that is no Cray, or has no GPU, has nothing to mend.
      if (!['up', 'absent'].includes(status)) expect(fix).not.toBe('');
    }
    expect(checks.map(({ name }) => name)).toEqual([
      'host total',
      'grid zone',
      'embodied',
      'state directory',
    ]);
    const text = await runCommand(['doctor']);
    expect(text.stdout).toMatch(/grid zone +missing +no grid zone is set/);
    expect(text.stdout).toMatch(/What to do:/);
  }, 60_000);

  it('says which floor or factor is for a meter that is not there, and which meters are', async () => {
    const path = file('typo.yaml', 'energy: {calibration: {package-O: 1.04}, floors: {rest: 20}}\n');
    const { code, stdout } = await runCommand(['doctor', '--config.file', path]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/energy\.calibration +unused +no meter is called package-O/);
    expect(stdout).toMatch(/energy\.calibration: name one of: .*model/);
    expect(stdout).not.toContain('energy.floors');
    const wrong = file('wrong.yaml', 'energy: {calibration: {package-0: 20}}\n');
    const { stderr } = await runCommand(['doctor', '--config.file', wrong]);
    expect(stderr).toMatch(/energy\.calibration\.package-0 is 20 .*from 0\.5 to 2/);
  }, 60_000);

  it('waits for no slow meter of the host, and says that it is one', async () => {
    const meter = "{name: pdu, domain: wall, unit: W, command: [/bin/echo, '231.5'], interval: 10s}";
    const path = file('slow.yaml', `sources: {custom: {meters: [${meter}]}}\n`);
    const { code, stdout } = await runCommand(['doctor', '--config.file', path]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/custom +up +pdu \(wall\): 231\.5 W/);
    expect(stdout).toMatch(/host total +awaited +from wall \(pdu\), which is read every 10 s/);
  }, 60_000);
});

describe('on a host whose only meter of the whole is its BMC', () => {
  const hosts: FakeHost[] = [];
  afterAll(() => {
    for (const host of hosts) host.dispose();
  });
  const withBmc = (delay: number): readonly string[] => {
    const host = laptopRapl();
    hosts.push(host);
    host.write('dev/ipmi0', '');
    fakeProgram(
      host,
      'usr/bin/ipmitool',
      `sleep ${delay}\n${printing('Instantaneous power reading: 344 Watts\nPower reading state is: activated')}`,
    );
    const { procfs, sysfs, rootfs } = host.paths;
    return ['--path.procfs', procfs, '--path.sysfs', sysfs, '--path.rootfs', rootfs];
  };

  it('doctor waits for its answer and says that it gives the total', async () => {
    // Longer than a start waits for its sources.
    const { code, stdout } = await runCommand(['doctor', '--json', ...withBmc(1)]);
    expect(code).toBe(0);
    const { sources, checks } = JSON.parse(stdout);
    const of = (list: { name: string }[], name: string) => list.find((one) => one.name === name);
    expect(of(sources, 'ipmi')).toMatchObject({ status: 'up', why: expect.stringContaining('ipmitool') });
    expect(of(sources, 'redfish')).toMatchObject({ status: 'absent', why: 'no BMC is configured' });
    expect(of(checks, 'host total')).toMatchObject({
      status: 'awaited',
      why: expect.stringContaining('IPMI DCMI'),
    });
  }, 60_000);

  it('run logs in to a BMC over the network once, and out when it ends; no line holds the password', async () => {
    const bmc = await startBmc(olderTree());
    bmc.account = { username: 'monitor', password: 'hunter2' };
    const path = file('bmc', 'monitor:hunter2\n');
    chmodSync(path, 0o600);
    const flags = [`--state.dir=${join(directory.path, 'state')}`, '--log.level=debug'];
    const agent = await startAgent(flags, {
      NEGAWATT_SOURCES_REDFISH_URL: bmc.url,
      NEGAWATT_SOURCES_REDFISH_CREDENTIALS_FILE: path,
      NEGAWATT_SOURCES_REDFISH_SYSTEM: '1',
    });
    try {
      await eventually(async () => {
        const text = await agent.get('/metrics');
        expect(text).toContain('negawatt_source_up{source="redfish"} 1');
        expect(text).toContain(
          'negawatt_meter_power_watts{hw_id="redfish-platform-out",domain="platform_out"} 245',
        );
        expect(text).not.toContain('hunter2');
      });
      expect(bmc.sessions.size).toBe(1);
    } finally {
      expect(await agent.stop()).toBe(0);
    }
    expect(bmc.sessions.size).toBe(0);
    await bmc.close();
    expect(agent.output() + agent.errors()).not.toContain('hunter2');
  }, 60_000);

  it('once measures a few seconds with the meters that can, and does not wait for it', async () => {
    const { code, stdout } = await runCommand(['once', '--json', '--interval', '2s', ...withBmc(0)]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ host: { source: 'components' } });
  }, 60_000);
});

describe('negawatt config', () => {
  it('names file, line and key of everything that is wrong, at once', async () => {
    const path = file('bad.yaml', 'sampling:\n  interval: 5\ngrid:\n  zon: DE\nsite: {pue: 0.5}\n');
    const { code, stderr } = await runCommand(['config', 'check', '--config.file', path]);
    expect(code).toBe(1);
    expect(stderr).toContain(`${path}:2:`);
    expect(stderr).toContain('grid.zone');
    expect(stderr).toContain('site.pue');
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('says where YAML breaks', async () => {
    const path = file('broken.yaml', 'grid:\n  zone: [DE\n');
    const { code, stderr } = await runCommand(['config', 'check', '--config.file', path]);
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`${path}:\\d+:\\d+`));
  });

  it('prints what is in force and who said so: defaults < file < environment < flags', async () => {
    const path = file('c.yaml', 'grid: {zone: FR}\nlog: {level: warn}\nsampling: {interval: 7s}\n');
    const { stdout } = await runCommand(['config', 'print', '--config.file', path, '--grid.zone', 'DE'], {
      NEGAWATT_LOG_LEVEL: 'error',
      NEGAWATT_GRID_ZONE: 'AT',
    });
    expect(stdout).toMatch(/zone: DE +# flag --grid\.zone/);
    expect(stdout).toMatch(/level: error +# environment NEGAWATT_LOG_LEVEL/);
    expect(stdout).toMatch(/interval: 7s +# file .*c\.yaml:3/);
    expect(stdout).toMatch(/telemetry_path: \/metrics +# default/);
  });

  it('tells programs the same: problems with place and fix, or keys with value and origin', async () => {
    const bad = file('bad.yaml', 'grid:\n  zon: DE\nsite: {pue: 0.5}\n');
    const refused = await runCommand(['config', 'check', '--json', '--config.file', bad]);
    expect(refused.code).toBe(1);
    const { ok, problems } = JSON.parse(refused.stdout);
    expect(ok).toBe(false);
    expect(problems.map(({ place }: { place: string }) => place).sort()).toEqual([
      `${bad}:2:3`,
      `${bad}:3:13`,
    ]);
    expect(problems[0].what).toMatch(/grid\.zon|site\.pue/);

    const good = file('good.yaml', 'grid: {zone: FR}\n');
    const taken = await runCommand(['config', 'check', '--json', '--config.file', good]);
    expect(taken.code).toBe(0);
    expect(JSON.parse(taken.stdout)).toMatchObject({ ok: true, file: good, problems: [] });
    const { stdout } = await runCommand(['config', 'print', '--json', '--config.file', good]);
    expect(JSON.parse(stdout).settings).toContainEqual({
      key: 'grid.zone',
      value: 'FR',
      setBy: expect.stringContaining(`file ${good}:1`),
    });
  });

  it('the shipped files are usable', async () => {
    for (const path of ['config/quickstart.yaml', 'config/negawatt.yaml']) {
      const { code, stdout } = await runCommand(['config', 'check', '--config.file', path]);
      expect(stdout).toMatch(/^ok: /);
      expect(code).toBe(0);
    }
  });
});

describe('the command line', () => {
  it('wrong use ends with 64 and a hint, never with a stack trace', async () => {
    for (const args of [
      ['runn'],
      ['run', '--grid.zon', 'DE'],
      ['once', '--interval', '0.1'],
      ['run', '--no-source.raple'],
      ['once', '--format', 'xml'],
      ['top', '--interval', '0.5'],
      ['top', '--url', 'ftp://node-17'],
      ['demo', '--savings'],
      ['demo', '--once', '--days', '3'],
      ['demo', '--openmetrics', '--once', '--output', join(directory.path, 'demo')],
      ['greenest', '--signal', 'mean'],
      ['compare', '--at', '2026-08-31', '--preset', 'none'],
      ['once', '--log.level', 'loud'],
    ]) {
      const { code, stderr } = await runCommand(args);
      expect(code, args.join(' ')).toBe(64);
      expect(stderr).not.toMatch(/\n\s+at /);
      expect(stderr).not.toBe('');
    }
  });

  it('every command has help with examples', async () => {
    for (const args of [
      ['--help'],
      ['run', '--help'],
      ['once', '--help'],
      ['top', '--help'],
      ['doctor', '--help'],
      ['config', 'check', '--help'],
    ]) {
      const { code, stdout } = await runCommand(args);
      expect(code).toBe(0);
      if (args.length > 1) expect(stdout).toContain('Examples:');
    }
    expect((await runCommand(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
