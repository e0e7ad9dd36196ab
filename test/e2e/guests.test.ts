import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually, freshDirectory, runCommand, startAgent } from '../fixtures/agent-process.ts';
import type { FakeHost } from '../fixtures/fake-host.ts';
import { cgroupV2 } from '../fixtures/hosts.ts';

const SCOPE = '/machine.slice/machine-qemu\\x2d1\\x2dweb.scope';

let directory: ReturnType<typeof freshDirectory>;
let host: FakeHost;
let work: NodeJS.Timeout;
beforeEach(() => {
  directory = freshDirectory();
  host = cgroupV2();
  host.group('/machine.slice', 0);
  // Half a processor of eight for the machine, and as much again for others; 20 W.
  let turns = 0;
  const turn = (): void => {
    turns += 1;
    host.cpu([turns * 10, 0, 0, turns * 70]);
    host.group('/', 90_000_000 + turns * 100_000);
    host.group('/machine.slice', turns * 50_000);
    host.group(SCOPE, turns * 50_000);
    host.energy('intel-rapl:0', 240_000_000_000n + BigInt(turns) * 2_000_000n);
  };
  turn();
  work = setInterval(turn, 100);
});
afterEach(() => {
  clearInterval(work);
  host.dispose();
  directory.remove();
});

it('an agent hands on the energy of its virtual machines, over a kill too, and another one reads it', async () => {
  const guests = join(directory.path, 'guests');
  const config = join(directory.path, 'host.yaml');
  writeFileSync(config, `sampling: {interval: 1s}\nguests: {directory: ${guests}}\n`);
  const flags = [
    `--config.file=${config}`,
    `--state.dir=${join(directory.path, 'state')}`,
    `--path.procfs=${host.paths.procfs}`,
    `--path.sysfs=${host.paths.sysfs}`,
  ];
  const counted = (): number =>
    Number(readFileSync(join(guests, 'web/class/powercap/intel-rapl:0/energy_uj'), 'utf8'));
  const above = (least: number): Promise<number> =>
    eventually(async () => {
      const now = counted();
      if (!(now > least)) throw new Error(`${now} microjoules`);
      return now;
    });
  const first = await startAgent(flags);
  const before = await above(1_000_000);
  const { guests: list } = await first.json<{ guests: { id: string; quality: string }[] }>('/api/v1/guests');
  expect(list).toMatchObject([{ id: 'web', quality: 'derived' }]);
  await first.stop('SIGKILL');
  const left = counted();
  expect(left).toBeGreaterThanOrEqual(before);

  const second = await startAgent(flags);
  try {
    await above(left);
    const inside = join(directory.path, 'guest.yaml');
    writeFileSync(inside, `sources: {guest: {directory: ${join(guests, 'web')}}}\n`);
    const doctor = await runCommand(['doctor', `--config.file=${inside}`, '--json']);
    const { sources } = JSON.parse(doctor.stdout) as {
      sources: { name: string; status: string; why: string }[];
    };
    expect(sources.find(({ name }) => name === 'guest')).toMatchObject({
      status: 'up',
      why: 'passed through by the host fake: derived, from its components',
    });
  } finally {
    await second.stop();
  }
  expect(existsSync(join(guests, 'web/updated'))).toBe(true);
});
