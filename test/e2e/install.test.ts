/** The package in a clean Debian: without systemd running, and booted. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDirectory } from '../fixtures/agent-process.ts';
import { debianProgram } from '../fixtures/debian.ts';
import { type DebianRoot, debianRootTools, makeDebianRoot } from '../fixtures/debian-root.ts';
import { pack } from '../fixtures/packed.ts';

const tools = debianRootTools();
const analyze = tools && debianProgram('/usr/bin/systemd-analyze', 'systemd');

describe.skipIf(tools === undefined || analyze === undefined)('install.sh in a clean Debian', () => {
  const directory = freshDirectory();
  let root: DebianRoot;

  beforeAll(() => {
    if (tools === undefined) return;
    const out = join(directory.path, 'out');
    mkdirSync(out);
    const archive = pack(out);
    root = makeDebianRoot(tools, join(directory.path, 'root'));
    // As somebody with a strict umask unpacks it.
    const folder = join(root.path, 'srv/package');
    mkdirSync(folder);
    spawnSync('sh', [
      '-c',
      'umask 077; exec tar -xzf "$1" -C "$2" --strip-components=1 --no-same-permissions',
      'sh',
      archive,
      folder,
    ]);
  }, 300_000);
  afterAll(() => {
    root?.remove();
    directory.remove();
  });

  const run = (script: string): string => {
    const { code, output } = root.run(script);
    expect(output === '' || code === 0 ? '' : output).toBe('');
    return output;
  };
  /** Every file, folder and link of ours with rights, owner and content. */
  const TREE = `cd / && find usr/lib/negawatt usr/bin/negawatt usr/lib/systemd/system/negawatt* usr/lib/*.d/negawatt* \
    etc/negawatt etc/systemd/system var/lib/negawatt -printf '%p %M %u %g %l ' \\( -type f -exec sha256sum {} ';' -o -printf '\\n' \\) | sort`;
  const INSTALL = '/srv/package/install.sh';
  const INSTALLED = '/usr/lib/negawatt/install.sh';

  it('installs what runs at once: doctor, once and the check of its configuration', {
    timeout: 60_000,
  }, () => {
    const output = run(`${INSTALL}
      negawatt --version
      negawatt config check
      negawatt doctor
      negawatt once --interval 1s --json > /srv/once.json
      grep -c '"energyJoules"' /srv/once.json
      stat -c '%U %G %a' /var/lib/negawatt /etc/negawatt/negawatt.yaml
      su -s /bin/sh negawatt -c 'negawatt --version'`);
    expect(output).toMatch(/^negawatt: systemd does not run here: the service starts at the next boot$/m);
    expect(output).toMatch(/^ok: \/etc\/negawatt\/negawatt\.yaml/m);
    expect(output).toMatch(/^cpu +up/m);
    expect(output).toMatch(/^state directory +ok +\/var\/lib\/negawatt$/m);
    expect(output).toMatch(/^negawatt negawatt 750\nroot root 644\n\d+\.\d+\.\d+$/m);
  });

  it('is the same tree when it is installed again, also from itself', { timeout: 60_000 }, () => {
    const output = run(`${TREE} > /srv/before
      ${INSTALL} > /dev/null
      ${TREE} > /srv/again
      ${INSTALLED} > /dev/null
      ${TREE} > /srv/itself
      wc -l < /srv/before
      cmp /srv/before /srv/again && cmp /srv/before /srv/itself && echo same`);
    expect(output).toMatch(/^\d{2,}\nsame$/m);
  });

  it('keeps an edited configuration, the state and a disabled service over an upgrade', {
    timeout: 60_000,
  }, () => {
    const output = run(`echo 'grid: {zone: FR}' > /etc/negawatt/negawatt.yaml
      echo kept > /var/lib/negawatt/state
      rm /etc/systemd/system/multi-user.target.wants/negawatt.service
      rm -rf /srv/next && cp -R /srv/package /srv/next && cd /srv/next
      echo '# of the next release' >> system/negawatt.yaml
      sed -i "s|^.*  system/negawatt.yaml$|$(sha256sum system/negawatt.yaml)|" SHA256SUMS
      ./install.sh upgrade
      cat /etc/negawatt/negawatt.yaml /var/lib/negawatt/state
      tail -n 1 /etc/negawatt/negawatt.yaml.new
      ls /etc/systemd/system/multi-user.target.wants
      negawatt config print | grep zone`);
    expect(output).toMatch(
      /^negawatt: .*negawatt\.yaml is kept; the defaults of this version are in .*\.new$/m,
    );
    expect(output).toMatch(/^grid: \{zone: FR\}\nkept\n# of the next release$/m);
    expect(output).toMatch(/zone: FR +# file/);
    expect(output).not.toContain('negawatt.service');
  });

  it('changes nothing where the package is damaged, or the configuration does not fit it', {
    timeout: 60_000,
  }, () => {
    const { output } = root.run(
      `${TREE} > /srv/before
      cd /srv/next
      cp dist/hardware.js /srv/hardware.js; echo '//' >> dist/hardware.js
      ./install.sh; echo "status $?"
      cp /srv/hardware.js dist/hardware.js
      echo 'grid: {zon: FR}' > /etc/negawatt/negawatt.yaml
      ./install.sh; echo "status $?"
      echo 'grid: {zone: FR}' > /etc/negawatt/negawatt.yaml
      ./install.sh --prefix /x; echo "status $?"
      ${TREE} > /srv/after; cmp /srv/before /srv/after && echo same`.replace(/^/, 'set +e\n'),
    );
    expect(output).toMatch(/files are missing or not as they were packed.*\nstatus 1$/m);
    expect(output).toMatch(
      /grid\.zon is no key[\s\S]*nothing was changed: mend \/etc\/negawatt\/negawatt\.yaml.*\nstatus 1$/m,
    );
    expect(output).toMatch(/unknown: --prefix[\s\S]*status 64\nsame$/m);
  });

  it.each(['negawatt', 'negawatt-fleet'])(
    'has the unit %s that systemd finds no fault with, and that is exposed to 2.5 of 10 at most',
    (name) => {
      const unit = `usr/lib/systemd/system/${name}.service`;
      const verify = spawnSync(analyze ?? '', ['verify', `--root=${root.path}`, '--man=no', `/${unit}`], {
        encoding: 'utf8',
      });
      expect(verify.stdout + verify.stderr).toBe('');
      expect(verify.status).toBe(0);
      const judged = execFileSync(
        analyze ?? '',
        ['security', '--offline=true', '--no-pager', join(root.path, unit)],
        {
          encoding: 'utf8',
        },
      );
      const [, level] = /exposure level for \S+\.service: ([\d.]+)/.exec(judged) ?? [];
      expect(Number(level)).toBeLessThanOrEqual(2.5);
    },
  );

  it('leaves configuration and state behind, and with --purge nothing', { timeout: 60_000 }, () => {
    const output = run(`mkdir /var/lib/negawatt-fleet; echo archive > /var/lib/negawatt-fleet/archive.db
      ${INSTALLED} uninstall
      cat /var/lib/negawatt-fleet/archive.db
      cat /etc/negawatt/negawatt.yaml /var/lib/negawatt/state; id -un negawatt
      ls /usr/lib/negawatt /usr/bin/negawatt /usr/lib/systemd/system/negawatt.service 2>&1 | grep -c 'No such file'
      mv /usr/bin/systemd-sysusers /srv
      ${INSTALL} --rapl-group --no-enable > /dev/null; ls /etc/systemd/system/negawatt.service.d /etc/tmpfiles.d
      ${INSTALLED} uninstall --purge
      ${INSTALL} --no-enable > /dev/null; getent passwd negawatt
      ${INSTALLED} uninstall --purge > /dev/null
      mv /srv/systemd-sysusers /usr/bin
      find / -xdev -path /srv -prune -o -name '*negawatt*' -print
      ! grep -r negawatt /etc/passwd /etc/group && echo gone`);
    expect(output).toMatch(/^archive\ngrid: \{zone: FR\}\nkept\nnegawatt\n3$/m);
    expect(output).toMatch(/50-rapl-group\.conf[\s\S]*negawatt-rapl\.conf/);
    expect(output).toMatch(
      /^negawatt:x:\d+:\d+:negawatt energy agent:\/var\/lib\/negawatt:\/usr\/sbin\/nologin\ngone$/m,
    );
  });

  it('works on an image from outside too', { timeout: 60_000 }, () => {
    const install = (...args: string[]) =>
      execFileSync(join(root.path, 'srv/package/install.sh'), [...args, '--root', root.path], {
        encoding: 'utf8',
        stdio: 'pipe',
      });
    install('install');
    expect(run('negawatt --version; id -un negawatt; stat -c %U /var/lib/negawatt')).toMatch(
      /^[\d.]+\nnegawatt\nnegawatt$/m,
    );
    install('uninstall', '--purge');
    expect(run('! grep -r negawatt /etc/passwd /etc/group; ls /usr/lib | grep -c negawatt || true')).toMatch(
      /^0$/m,
    );
  });

  it('is a service that systemd starts, watches, restarts when it stands still, and stops', {
    timeout: 150_000,
  }, async () => {
    const output = await root.boot(`
      show() { systemctl show negawatt -p "$1" --value; }
      ${INSTALL}
      echo "started: $(show ActiveState) $(show SubState) $(show StatusText)"
      grep -E '^(Uid|CapEff|NoNewPrivs)' /proc/$(show MainPID)/status
      mkdir -p /etc/systemd/system/negawatt.service.d
      printf '[Service]\\nWatchdogSec=2\\nRestartSec=0\\n' > /etc/systemd/system/negawatt.service.d/short.conf
      ${INSTALL} --rapl-group
      grep CapEff /proc/$(show MainPID)/status
      sleep 3
      echo "beats: $(show NRestarts)"
      kill -STOP $(show MainPID)
      for i in $(seq 60); do [ "$(show NRestarts)" = 0 ] || [ "$(show ActiveState)" != active ] || break; sleep 0.5; done
      echo "stood still: $(show NRestarts) $(show ActiveState)"
      systemctl stop negawatt
      echo "stopped: $(show Result) $(show ExecMainStatus)"
      ls /var/lib/negawatt
      echo "fleet at first: $(systemctl is-enabled negawatt-fleet) $(systemctl is-active negawatt-fleet)"
      printf 'time,host,energy_joules\\n2026-10-01T00:00:00Z,a,1\\n2026-10-01T01:00:00Z,a,1\\n' > /etc/negawatt/fleet.csv
      printf 'history: {csv: {path: /etc/negawatt/fleet.csv}}\\nweb: {listen_address: 127.0.0.1:10203}\\nstate: {dir: /var/lib/negawatt-fleet}\\n' > /etc/negawatt/fleet.yaml
      systemctl start negawatt-fleet
      for i in $(seq 60); do journalctl -u negawatt-fleet --no-pager | grep -q 'page ' && break; sleep 0.5; done
      pid=$(systemctl show negawatt-fleet -p MainPID --value)
      echo "fleet runs: $(stat -c '%U %a' /var/lib/negawatt-fleet) $(grep -cE '^Cap(Eff|Bnd):.0+$' /proc/$pid/status)"
      ${INSTALL} > /dev/null
      echo "fleet after an upgrade: $(systemctl is-active negawatt-fleet) $([ "$pid" != "$(systemctl show negawatt-fleet -p MainPID --value)" ] && echo restarted)"
      ${INSTALLED} uninstall --purge
      echo "fleet at the end: $(systemctl is-active negawatt-fleet) $(ls -d /var/lib/negawatt-fleet /usr/lib/systemd/system/negawatt-fleet.service 2>&1 | grep -c 'No such file')"
      systemctl status negawatt 2>&1 | head -n 1`);
    expect(output).toMatch(/^fleet at first: disabled inactive$/m);
    expect(output).toMatch(/^fleet runs: negawatt 750 2$/m);
    expect(output).toMatch(/^fleet after an upgrade: active restarted$/m);
    expect(output).toMatch(/^fleet at the end: inactive 2$/m);
    expect(output).toMatch(/^started: active running metrics at http:\/\/127\.0\.0\.1:10202\/metrics$/m);
    expect(output).toMatch(/^Uid:\t(?!0)\d+\t/m);
    expect(output).toMatch(/^CapEff:\t0{15}4$[\s\S]*^CapEff:\t0{16}$/m);
    expect(output).toMatch(/^NoNewPrivs:\t1$/m);
    expect(output).toMatch(/^beats: 0$/m);
    expect(output).toMatch(/^stood still: 1 active$/m);
    expect(output).toMatch(/^stopped: success 0$/m);
    expect(output).toMatch(/could not be found/);
  });
});
