import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type NotifyOptions, openServiceManager } from '../../agent/notify.ts';
import { eventually, freshDirectory, startAgent } from '../fixtures/agent-process.ts';
import { type NotifySocket, openNotifySocket } from '../fixtures/notify-socket.ts';

let directory: ReturnType<typeof freshDirectory>;
let socket: NotifySocket;
beforeEach(() => {
  directory = freshDirectory();
  socket = openNotifySocket(join(directory.path, 'notify'));
});
afterEach(() => {
  socket.close();
  directory.remove();
  vi.unstubAllEnvs();
});

const arrived = (pattern: RegExp): Promise<void> =>
  eventually(async () => {
    expect(socket.messages().join('\n\n')).toMatch(pattern);
  });

describe('an agent that systemd started', () => {
  it('is ready once it answers, and says when it ends', async () => {
    const agent = await startAgent([`--state.dir=${join(directory.path, 'state')}`], {
      NOTIFY_SOCKET: socket.address,
    });
    await arrived(/^READY=1$/m);
    const [ready] = socket.messages();
    expect(ready).toBe(`READY=1\nSTATUS=metrics at ${agent.url}/metrics`);
    expect(await agent.get('/-/ready')).toBeDefined();
    expect(await agent.stop()).toBe(0);
    expect(socket.messages().at(-1)).toMatch(/^STOPPING=1\n/);
  });

  it('beats twice in the time of the watchdog, also where the socket has no path', async () => {
    const abstract = openNotifySocket(`@negawatt-test-${process.pid}`);
    const agent = await startAgent([`--state.dir=${join(directory.path, 'state')}`], {
      NOTIFY_SOCKET: abstract.address,
      WATCHDOG_USEC: '400000',
    });
    try {
      await eventually(async () => {
        expect(abstract.messages().filter((one) => one === 'WATCHDOG=1').length).toBeGreaterThanOrEqual(3);
      });
    } finally {
      await agent.stop();
      abstract.close();
    }
  });

  it('starts and serves where systemd cannot be told, and says what to do', async () => {
    const agent = await startAgent([`--state.dir=${join(directory.path, 'state')}`], {
      NOTIFY_SOCKET: join(directory.path, 'nobody-listens'),
    });
    await eventually(async () => {
      expect(agent.errors()).toMatch(/systemd cannot be told how the agent is: errno 2 .*systemctl edit/);
    });
    expect(await agent.get('/metrics')).toContain('negawatt_build_info');
    expect(await agent.stop()).toBe(0);
  });

  it('goes on, reloads and ends in time where systemd itself hangs and its socket is full', async () => {
    const file = join(directory.path, 'negawatt.yaml');
    const out = join(directory.path, 'out.prom');
    writeFileSync(file, `export: {textfile: {path: ${out}, interval: 1s}}\n`);
    const agent = await startAgent(
      [`--config.file=${file}`, `--state.dir=${join(directory.path, 'state')}`],
      {
        NOTIFY_SOCKET: socket.address,
        // Far more beats than a socket holds and than Node has threads.
        WATCHDOG_USEC: '20000',
      },
    );
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    // Written by a thread of the same pool.
    rmSync(out);
    await eventually(async () => expect(existsSync(out)).toBe(true), 5_000);
    agent.process.kill('SIGHUP');
    await eventually(async () => expect(agent.errors()).toContain('the configuration is in force'), 5_000);
    const began = performance.now();
    expect(await agent.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(2_500);
  });

  it('says nothing to anybody where systemd does not wait', async () => {
    const agent = await startAgent([`--state.dir=${join(directory.path, 'state')}`], {
      WATCHDOG_USEC: '400000',
    });
    expect(await agent.stop()).toBe(0);
    expect(agent.errors()).not.toContain('systemd');
    expect(socket.messages()).toEqual([]);
  });
});

describe('words to systemd', () => {
  const open = (options: Partial<NotifyOptions> = {}) => {
    // The library reads the environment of the process itself.
    vi.stubEnv('NOTIFY_SOCKET', socket.address);
    return openServiceManager({ env: {}, alive: () => true, warn: () => {}, ...options });
  };

  it('leave a beat out, and warn once, for as long as the sampling loop stands still', async () => {
    let alive = false;
    const warnings: string[] = [];
    const manager = await open({
      env: { WATCHDOG_USEC: '40000', WATCHDOG_PID: String(process.pid) },
      alive: () => alive,
      warn: (_, message) => warnings.push(message),
    });
    await manager.ready('http://a');
    await eventually(async () => expect(warnings).toHaveLength(1));
    expect(socket.messages()).toHaveLength(1);
    alive = true;
    await arrived(/WATCHDOG=1/);
    alive = false;
    await eventually(async () => expect(warnings).toHaveLength(2));
    await manager.stopping();
    expect(warnings[0]).toMatch(/the sampling loop stands still/);
  });

  it('have no beats where the watchdog is meant for another process', async () => {
    const asked = vi.fn(() => true);
    const manager = await open({ env: { WATCHDOG_USEC: '2000', WATCHDOG_PID: '1' }, alive: asked });
    await manager.ready('http://a');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(asked).not.toHaveBeenCalled();
  });

  it('hold a reload until its work is over, also where it fails', async () => {
    const manager = await open();
    await expect(
      manager.reloading(async () => {
        expect(socket.messages().at(-1)).toMatch(/^RELOADING=1\nMONOTONIC_USEC=\d+$/);
        throw new Error('a bad file');
      }),
    ).rejects.toThrow('a bad file');
    expect(socket.messages().at(-1)).toBe('READY=1');
  });
});
