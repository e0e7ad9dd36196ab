import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cleanEnv, eventually, freshDirectory, runCommand } from '../fixtures/agent-process.ts';
import { debianProgram } from '../fixtures/debian.ts';
import { type MeteredHost, meteredHost } from '../fixtures/metered-host.ts';

const ENTRY = join(import.meta.dirname, '..', '..', 'dist', 'negawatt.js');
/** Concave, as servers are. */
const power = (load: number): number => 60 + 140 * load ** 0.7;

let directory: ReturnType<typeof freshDirectory>;
let metered: MeteredHost;
beforeEach(() => {
  directory = freshDirectory();
  metered = meteredHost(power);
});
afterEach(() => {
  metered.dispose();
  directory.remove();
});

const hostFlags = (): readonly string[] => [
  `--path.procfs=${metered.host.paths.procfs}`,
  `--path.sysfs=${metered.host.paths.sysfs}`,
];

const start = (args: readonly string[]) => {
  const child = spawn(process.execPath, [ENTRY, 'calibrate', ...hostFlags(), ...args], {
    env: cleanEnv(),
    cwd: directory.path,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => {
    stdout += data;
  });
  child.stderr.on('data', (data: Buffer) => {
    stderr += data;
  });
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  return { child, ended, stdout: () => stdout, stderr: () => stderr };
};

const cpuTicks = (child: ChildProcess): number => {
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
};

const stressNg = debianProgram('/usr/bin/stress-ng', 'stress-ng');

describe('negawatt calibrate', () => {
  it('finds the curve that the host really follows, and the model of a guest then uses it', async () => {
    const output = join(directory.path, 'hardware.yaml');
    const run = start(['--step-duration=3s', '--steps=0,30,60,100', `--output=${output}`, '--json']);
    metered.follow(run.child.pid!);
    expect(await run.ended, run.stderr()).toBe(0);
    expect(run.stderr()).toMatch(/steps below 10 s are noisy/);
    expect(run.stderr()).toMatch(/meter components: package-0 \(rapl\)/);
    expect(run.stderr()).toMatch(/step 4 of 4: 100 % asked/);
    const { file, rows } = JSON.parse(run.stdout()) as {
      file: { points: { load: number; watts: number }[]; error_band: number };
      rows: { publishedWatts: number; watts: number; difference: number }[];
    };
    expect(file).toMatchObject({ host: 'fake', threads: 2, covers: 'components' });
    for (const load of [0, 1]) {
      const measured = file.points.find((point) => point.load === load)!.watts;
      expect(Math.abs(measured / power(load) - 1), `${measured} W at ${load}`).toBeLessThan(0.15);
    }
    const watts = file.points.map((point) => point.watts);
    expect([...watts].sort((a, b) => a - b)).toEqual(watts);
    // Ice Lake, 66.5 W idle a socket (SPECpower medians).
    expect(rows[0]).toMatchObject({ publishedWatts: 66.5 });

    const config = join(directory.path, 'c.yaml');
    writeFileSync(config, `sources: {model: {curve_file: ${output}, guest_threads: 1}}\n`);
    metered.host.processor({ coresPerSocket: 1, threadsPerCore: 2, hypervisor: true, name: 'Virtual CPU' });
    const doctor = await runCommand([
      'doctor',
      `--config.file=${config}`,
      ...hostFlags(),
      '--no-source.rapl',
      '--json',
    ]);
    const { sources } = JSON.parse(doctor.stdout) as { sources: { name: string; why: string }[] };
    const model = sources.find(({ name }) => name === 'model')!;
    expect(model.why).toContain('1 of its 2 threads');
    expect(model.why).toContain('calibrated on fake');
    expect(model.why).toContain(`${(watts[0]! / 2).toFixed(1)} W idle`);
  });

  it('stops burning at once when it is interrupted, and writes nothing', async () => {
    const run = start(['--step-duration=60s', '--steps=100,0']);
    metered.follow(run.child.pid!);
    await eventually(async () => {
      expect(run.stderr()).toContain('step 1 of 2');
      expect(cpuTicks(run.child)).toBeGreaterThan(150);
    });
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(1);
    expect(run.stderr()).toContain('stopped; nothing was written');
    expect(readdirSync(directory.path)).toEqual([]);
  });

  it.skipIf(stressNg === undefined)(
    'leaves no stress-ng behind when it is interrupted (needs stress-ng)',
    async () => {
      const run = start(['--burner=stress-ng', '--step-duration=60s', '--steps=100,0']);
      metered.follow(run.child.pid!);
      const children = (): readonly string[] =>
        readFileSync(`/proc/${run.child.pid}/task/${run.child.pid}/children`, 'utf8').trim().split(' ');
      const pid = await eventually(async () => {
        // Before that it is asked for its version alone.
        expect(run.stderr()).toContain('step 1 of 2');
        const [first] = children();
        expect(readFileSync(`/proc/${first}/comm`, 'utf8')).toMatch(/^stress-ng/);
        return first;
      });
      run.child.kill('SIGTERM');
      expect(await run.ended).toBe(1);
      expect(existsSync(`/proc/${pid}`)).toBe(false);
      expect(readdirSync(directory.path)).toEqual([]);
    },
  );

  it('says what it would do and how long that takes, and does nothing', async () => {
    const run = await runCommand(['calibrate', '--dry-run', ...hostFlags()]);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(/0 %, 10 %, 25 %, 50 %, 75 %, 100 %, each 1 min 0 s/);
    expect(run.stdout).toMatch(/Takes +6 min 3 s/);
    expect(run.stdout).toMatch(/negawatt-hardware-intel-xeon-gold-6338\.yaml/);
  });

  it('refuses a host that has no meter, before it loads it', async () => {
    const run = start(['--step-duration=1s', '--no-source.rapl']);
    metered.follow(run.child.pid!);
    expect(await run.ended).toBe(1);
    expect(run.stderr()).toMatch(/no meter tells the power of this host/);
    expect(run.stderr()).not.toContain('step 1');
  });

  it('keeps a file that is there', async () => {
    const output = join(directory.path, 'mine.yaml');
    writeFileSync(output, 'mine\n');
    const run = await runCommand(['calibrate', `--output=${output}`, ...hostFlags()]);
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/mine\.yaml is there already\nName another file/);
    expect(readFileSync(output, 'utf8')).toBe('mine\n');
  });

  it.each([
    ['--steps=0,50', /90 or more/],
    ['--steps=20,100', /5 or less/],
    ['--steps=0,120', /percentages/],
    ['--step-duration=500ms', /1s to 60m/],
    ['--burner=fire', /built-in, stress-ng/],
  ])('%s is a wrong use of the command line', async (flag, message) => {
    const run = await runCommand(['calibrate', flag, ...hostFlags()]);
    expect(run.code).toBe(64);
    expect(run.stderr).toMatch(message);
  });
});

it('config check reads the hardware file that a configuration names', async () => {
  const bad = join(directory.path, 'hardware.yaml');
  writeFileSync(bad, 'format: negawatt-hardware-1\npoints: []\n');
  const config = join(directory.path, 'c.yaml');
  writeFileSync(config, `sources:\n  model:\n    curve_file: ${bad}\n`);
  const run = await runCommand(['config', 'check', `--config.file=${config}`]);
  expect(run.code).toBe(1);
  expect(run.stderr).toMatch(/c\.yaml:3:\d+: .*hardware\.yaml.*is missing/);
});
