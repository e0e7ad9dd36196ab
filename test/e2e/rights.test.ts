/** How an agent without root reads RAPL, by the kernel's own rules and systemd's own tool. */
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanEnv } from '../fixtures/agent-process.ts';
import { debianProgram } from '../fixtures/debian.ts';
import type { FakeHost } from '../fixtures/fake-host.ts';
import { twoSocketDram } from '../fixtures/hosts.ts';
import { canDropPrivileges, NOBODY } from '../fixtures/privileges.ts';

const setpriv = canDropPrivileges ? debianProgram('/usr/bin/setpriv', 'util-linux') : undefined;
if (!canDropPrivileges) console.warn('skipped: only root can give up rights and try what is left.');
const tmpfiles = setpriv && debianProgram('/usr/bin/systemd-tmpfiles', 'systemd');

const ROOT = join(import.meta.dirname, '..', '..');
const RULE = join(ROOT, 'agent', 'package', 'system', 'rapl-group.tmpfiles.conf');
/** As the installer makes it; the number is free on this host. */
const GROUP = 64_999;
const ZONES = ['intel-rapl:0', 'intel-rapl:0:0', 'intel-rapl:1', 'intel-rapl:1:0'];

let host: FakeHost;
beforeAll(() => {
  host = twoSocketDram();
  chmodSync(host.root, 0o755);
  host.protect('intel-rapl');
});
afterAll(() => host.dispose());

const counter = (zone: string): string => join(host.root, 'sys', 'class', 'powercap', zone, 'energy_uj');

/** What `negawatt doctor` finds of RAPL as the user `nobody`, with these rights beyond. */
const rapl = async (...rights: readonly string[]) => {
  const { stdout } = await promisify(execFile)(
    setpriv ?? '',
    [
      `--reuid=${NOBODY}`,
      `--regid=${NOBODY}`,
      ...(rights.some((one) => one.startsWith('--groups')) ? [] : ['--clear-groups']),
      '--no-new-privs',
      ...rights,
      process.execPath,
      join(ROOT, 'dist', 'negawatt.js'),
      'doctor',
      '--json',
      `--path.sysfs=${join(host.root, 'sys')}`,
      `--path.procfs=${join(host.root, 'proc')}`,
    ],
    { env: cleanEnv() },
  );
  const { sources } = JSON.parse(stdout) as {
    sources: { name: string; status: string; why: string; fix: string }[];
  };
  return sources.find(({ name }) => name === 'rapl');
};

describe.skipIf(setpriv === undefined)('energy counters that root alone may read', () => {
  it('are 0400 and not readable here: else nothing below is shown', () => {
    for (const zone of ZONES) expect(statSync(counter(zone)).mode & 0o777).toBe(0o400);
    expect(() =>
      execFileSync(setpriv ?? '', [`--reuid=${NOBODY}`, '--clear-groups', 'cat', counter(ZONES[0] ?? '')], {
        stdio: 'pipe',
      }),
    ).toThrow(/Permission denied/);
  });

  it('are read by a plain user with CAP_DAC_READ_SEARCH, as the unit gives it', async () => {
    const unit = readFileSync(join(ROOT, 'agent/package/system/negawatt.service'), 'utf8');
    expect(unit).toMatch(/^AmbientCapabilities=CAP_DAC_READ_SEARCH$/m);
    const found = await rapl(
      '--inh-caps=-all,+dac_read_search',
      '--ambient-caps=-all,+dac_read_search',
      '--bounding-set=-all,+dac_read_search',
    );
    expect(found).toMatchObject({ status: 'up', why: expect.stringContaining('package-0') });
  });

  it('are not read by a plain user, who is told why and what to do, but not to open them to all', async () => {
    const found = await rapl();
    expect(found).toMatchObject({
      status: 'unreadable',
      why: expect.stringMatching(/RAPL zones are there, no energy_uj .* may be read/),
    });
    expect(found?.fix).toMatch(/AmbientCapabilities=CAP_DAC_READ_SEARCH.*energy_uj 0440 root negawatt/);
    expect(found?.fix).not.toMatch(/0?444|o\+r|a\+r/);
  });

  it.skipIf(tmpfiles === undefined)(
    'are read by the group negawatt alone after the rule of --rapl-group',
    async () => {
      mkdirSync(join(host.root, 'etc'), { recursive: true });
      writeFileSync(join(host.root, 'etc', 'passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
      writeFileSync(join(host.root, 'etc', 'group'), `root:x:0:\nnegawatt:x:${GROUP}:\n`);
      const before = readFileSync(counter('intel-rapl:0'), 'utf8');
      execFileSync(tmpfiles ?? '', ['--create', `--root=${host.root}`, RULE]);
      for (const zone of ZONES) {
        const { mode, uid, gid } = statSync(counter(zone));
        expect([zone, (mode & 0o7777).toString(8), uid, gid]).toEqual([zone, '440', 0, GROUP]);
      }
      expect(readFileSync(counter('intel-rapl:0'), 'utf8')).toBe(before);
      expect(await rapl(`--groups=${GROUP}`)).toMatchObject({
        status: 'up',
        why: expect.stringContaining('package-0'),
      });
      expect(await rapl()).toMatchObject({ status: 'unreadable' });
    },
  );
});
