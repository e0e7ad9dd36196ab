import { execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  eventually,
  freshDirectory,
  type RunningAgent,
  runCommand,
  startAgent,
} from '../fixtures/agent-process.ts';
import { debianProgram } from '../fixtures/debian.ts';
import { installNvmlAt, noFakeNvml } from '../fixtures/nvml/install.ts';
import { realGroups } from '../fixtures/real-groups.ts';
import { openTerminal, type Screen } from '../fixtures/terminal.ts';

const ENTRY = join(import.meta.dirname, '..', '..', 'dist', 'negawatt.js');
const tmux = debianProgram('/usr/bin/tmux', 'tmux');
const NAME = `negawatt-top-${process.pid}`;

const groups = realGroups();

/** A workload of the test's own, where control groups can be made. */
const startWork = (): (() => Promise<void>) | undefined => {
  if ('why' in groups) {
    console.warn(`without a workload of its own: ${groups.why}`);
    return undefined;
  }
  groups.make(NAME);
  const worker = spawn('sh', ['-c', 'while :; do :; done'], { stdio: 'ignore' });
  if (worker.pid !== undefined) groups.join(NAME, worker.pid);
  return async () => {
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.kill('SIGKILL');
    await ended;
    await eventually(async () => groups.remove(NAME), 5000);
  };
};

const directory = freshDirectory();
let agent: RunningAgent;
let endWork: ReturnType<typeof startWork>;

beforeAll(async () => {
  endWork = startWork();
  const config = join(directory.path, 'c.yaml');
  const hierarchy = 'why' in groups ? 'auto' : groups.hierarchy;
  writeFileSync(
    config,
    `sampling: {interval: 1s}\ngrid: {zone: FR}\nsources: {cgroup: {hierarchy: ${hierarchy}}}\n`,
  );
  agent = await startAgent([`--config.file=${config}`, `--state.dir=${join(directory.path, 'state')}`]);
});
afterAll(async () => {
  await agent?.stop();
  await endWork?.();
  directory.remove();
});

const openScreen = (program: string): Promise<Screen> => openTerminal(program, directory.path);

const onScreen = async (program: string, use: (screen: Screen) => Promise<void>): Promise<void> => {
  const screen = await openScreen(program);
  try {
    await use(screen);
  } finally {
    await screen.close();
  }
};
const command = (flags = ''): string =>
  `"${process.execPath}" "${ENTRY}" top --interval 1 --url ${agent.url} ${flags}`;

describe.skipIf(tmux === undefined)('negawatt top on a real terminal', () => {
  const program = tmux ?? '';

  it('shows the agent and its workloads, answers keys and sizes, and gives the terminal back', async () => {
    await onScreen(program, async (screen) => {
      await screen.type(`stty -a > ${directory.path}/before; ${command()}; echo "ended $?"`);
      const text = await screen.shows(/^ *\d+\.\d\d .* idle$/m);
      expect(text).toContain(`agent at ${agent.url}`);
      expect(text).toMatch(/^power {4}[\d.]+ W/m);
      expect(text).toMatch(/^CO2e {5}\S+ g\/h \(location-based, FR\/direct\/2023, no PUE set\)/m);
      expect(await screen.modes()).toBe('100');
      if (endWork !== undefined) await screen.shows(new RegExp(`^ *\\d+\\.\\d\\d .* cgroup .*${NAME}$`, 'm'));

      await screen.press('s');
      await screen.shows(/s sort: processors/);
      await screen.press('k');
      await screen.shows(/k kind: (?!all)\w+/);
      for (const [width, height, keys] of [
        [50, 12, 's processors  k \\w+  c /'],
        [80, 24, 's (sort: )?processors  k (kind: )?\\w+  c (classes  )?/'],
        [200, 50, 's sort: processors  k kind: \\w+  c classes  / filter  arrows, PgUp, PgDn scroll'],
        [100, 24, 's sort: processors  k kind: \\w+  c classes  / filter'],
      ] as const) {
        await screen.resize(width, height);
        const power = 'power    [\\d.]+ W [^]*\\n';
        const head = ' *WATTS .*NAME *\\n *\\d+\\.\\d\\d [^]*\\n';
        const whole = new RegExp(`\\n${power}${head}q quit  ${keys} .*\\d+-\\d+ of \\d+ *\\n?$`);
        const lines = (await screen.shows(whole)).replace(/\n$/, '').split('\n');
        expect(lines).toHaveLength(height);
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
        const [title = ''] = lines;
        const isWhole = title.endsWith(`agent at ${agent.url}`);
        expect(isWhole || (title.length === width && title.endsWith('~')), title).toBe(true);
      }

      await screen.press('q');
      const after = await screen.shows(/^ended 0$/m);
      expect(after).not.toContain('WATTS');
      expect(await screen.modes()).toBe('011');
      await screen.type(`stty -a | cmp - ${directory.path}/before && echo "the same"`);
      await screen.shows(/^the same$/m);
    });
  });

  it('draws the last looks, adds up classes, and finds a row by letters that are keys elsewhere', async () => {
    await onScreen(program, async (screen) => {
      await screen.type(command());
      await screen.shows(/^trend {4}[\u2581-\u2588 ]{3,} 0 to [\d.]+ W/m);
      await screen.press('c');
      await screen.shows(/CLASS \(WORKLOADS\)/);
      await screen.press('c');
      await screen.press('/');
      for (const letter of 'idq') await screen.press(letter);
      await screen.shows(/filter: idq_/);
      await screen.shows(/no row with "idq" in its name or class now/);
      await screen.press('BSpace');
      await screen.press('Enter');
      const text = await screen.shows(/\/ (filter: )?id\b/);
      expect(text).toMatch(/^ *\d+\.\d\d .* idle$/m);
      expect(text).not.toMatch(/ other$/m);
      await screen.press('q');
      await screen.shows(/^ready> *$/m);
    });
  });

  it.skipIf(noFakeNvml !== '')(
    'shows all of eight boards and what is to mend on 80 columns and 24 lines',
    async () => {
      const root = join(directory.path, 'gpu-root');
      const boards = [0, 1, 2, 3, 4, 5, 6, 7];
      installNvmlAt(join(root, 'usr/lib64/libnvidia-ml.so.1'), [
        'gpus 8',
        ...boards.flatMap((i) => [`gpu ${i} power ${301_000 + i * 1000}`, `gpu ${i} running 1`]),
      ]);
      const credentials = join(directory.path, 'bmc');
      writeFileSync(credentials, 'no colon\n', { mode: 0o600 });
      const config = join(directory.path, 'gpus.yaml');
      const redfish = `{url: 'https://127.0.0.1:1', credentials_file: ${credentials}}`;
      writeFileSync(config, `sampling: {interval: 1s}\ngrid: {zone: FR}\nsources: {redfish: ${redfish}}\n`);
      const own = await startAgent([
        ...[`--config.file=${config}`, `--path.rootfs=${root}`],
        `--state.dir=${join(directory.path, 'gpus')}`,
      ]);
      try {
        await onScreen(program, async (screen) => {
          await screen.resize(80, 24);
          await screen.type(command().replace(agent.url, own.url));
          // The stand-in's addresses: 41 to 48 in hexadecimal.
          await screen.shows(/^gpu {6}8 x NVIDIA H100 80GB HBM3: 2,4\d\d of (.|\n)*\b48:00 30[78] W/m);
          // Who used the time between two samples of this very host is not the same at each.
          const text = await screen.shows(/^ *\d+\.\d\d .* idle$/m);
          for (const i of boards) expect(text).toMatch(new RegExp(`\\b4${i + 1}:00 30[0-9] W \\d+ %`));
          // With a curve for the rest of this machine no host draws less than its boards.
          const [, host = '0'] = /([\d,]+) W/.exec(text) ?? [];
          expect(Number(host.replace(',', ''))).toBeGreaterThanOrEqual(2_435);
          expect(text).toMatch(/^to mend {2}redfish is unreadable: .* is not one line/m);
          expect(text).toMatch(/^q quit/m);
          await screen.press('q');
          await screen.shows(/^ready> *$/m);
        });
      } finally {
        await own.stop();
      }
    },
  );

  it.each([
    ['TERM', 143],
    ['HUP', 129],
    ['INT', 130],
  ])('gives the terminal back when SIG%s ends it', async (signal, status) => {
    await onScreen(program, async (screen) => {
      const pid = join(directory.path, `pid-${signal}`);
      await screen.type(`sh -c 'echo $$ > ${pid}; exec ${command()}'`);
      await screen.shows(/q quit/);
      expect(await screen.modes()).toBe('100');
      execFileSync('sh', ['-c', `kill -${signal} $(cat ${pid})`]);
      await screen.shows(/^ready> *$/m);
      await screen.type('echo "ended $?"; stty -a | grep -o " icanon"');
      await screen.shows(new RegExp(`ended ${status}\\n icanon$`, 'm'));
      expect(await screen.modes()).toBe('011');
    });
  });

  it('keeps the last figures, and says so, when the agent ends', async () => {
    const own = await startAgent([`--state.dir=${join(directory.path, 'own')}`]);
    await onScreen(program, async (screen) => {
      await screen.type(command().replace(agent.url, own.url));
      await screen.shows(/^power {4}[\d.]+ W/m);
      await own.stop('SIGKILL');
      const text = await screen.shows(/^these are the last figures: nothing listens at/m);
      expect(text).toMatch(/^power {4}[\d.]+ W/m);
      await screen.press('C-c');
      await screen.shows(/ready>/);
    });
  });

  it('colours what it shows, unless NO_COLOR is set', async () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    const colours = /\u001b\[[0-9;]*m/;
    await onScreen(program, async (screen) => {
      await screen.type(command());
      await screen.shows(/q quit/);
      expect(await screen.raw()).toMatch(colours);
      await screen.press('q');
      await screen.shows(/^ready> *$/m);
      await screen.type(`NO_COLOR=1 ${command()}`);
      await screen.shows(/q quit/);
      expect(await screen.raw()).not.toMatch(colours);
    });
  });
});

describe('negawatt top without a terminal', () => {
  it('prints one table of the agent that runs at the configured address, and ends', async () => {
    const address = agent.url.replace('http://', '');
    const { code, stdout } = await runCommand(['top', `--web.listen-address=${address}`]);
    expect(code).toBe(0);
    expect(stdout).toContain(`agent at ${agent.url}`);
    expect(stdout).toMatch(/^ *WATTS .* NAME$/m);
    expect(stdout).toMatch(/^ *\d+\.\d\d .* idle$/m);
    if (endWork !== undefined) expect(stdout).toMatch(new RegExp(`^ *\\d+\\.\\d\\d .*${NAME}$`, 'm'));
    expect(stdout).not.toContain('\u001b');
    expect(stdout).not.toContain('q quit');
  });

  it('samples by itself where no agent runs, and says so', async () => {
    const { code, stdout } = await runCommand([
      ...['top', '--once', '--interval', '1s', '--web.listen-address=127.0.0.1:1'],
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/own samples, as /);
    expect(stdout).toMatch(/^ *\d+\.\d\d .* idle$/m);
  });

  it('gives scripts the rows of the screen as JSON, which add up to the power of the host', async () => {
    const { code, stdout } = await runCommand(['top', '--json', '--url', agent.url]);
    expect(code).toBe(0);
    const told = JSON.parse(stdout) as {
      readonly powerWatts: number;
      readonly quality: string;
      readonly workloads: readonly { readonly kind: string; readonly powerWatts?: number }[];
    };
    const powers = told.workloads.flatMap(({ powerWatts }) => powerWatts ?? []);
    expect(powers).toEqual([...powers].sort((a, b) => b - a));
    expect(told.workloads.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['idle', 'other']));
    expect(powers.reduce((sum, power) => sum + power, 0)).toBeCloseTo(told.powerWatts, 6);
    expect(told.quality).toBe('estimated');
  });

  it('is an error where the agent that was named does not answer, never another host instead', async () => {
    const { code, stdout, stderr } = await runCommand(['top', '--url', 'http://127.0.0.1:1']);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('http://127.0.0.1:1');
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
