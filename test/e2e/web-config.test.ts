import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  eventually,
  freshDirectory,
  type RunningAgent,
  runCommand,
  startAgent,
} from '../fixtures/agent-process.ts';
import { type Authority, authority } from '../fixtures/authority.ts';
import { noCertificates } from '../fixtures/certificate.ts';
import { debianProgram } from '../fixtures/debian.ts';
import { readExposition } from '../fixtures/exposition.ts';
import { freePort } from '../fixtures/free-port.ts';

const prometheus = debianProgram('/usr/bin/prometheus', 'prometheus');

/** Of the password, at the usual cost of 10. */
const HASH = '$2b$10$0PcZFb5t3AIS9xt4lALXOeabdD.tevHq25i9rF0qButoYS4lM9nZq';
const PASSWORD = 'a secret';

describe.skipIf(noCertificates !== undefined)('an agent with a web-config file', () => {
  const directory = freshDirectory();
  const path = (name: string): string => join(directory.path, name);
  let ca: Authority;
  let agent: RunningAgent;

  const put = (name: string, text: string): void => writeFileSync(path(name), text, { mode: 0o640 });
  const WEB = [
    'tls_server_config:',
    '  cert_file: cert.pem',
    '  key_file: key.pem',
    '  client_ca_file: ca.pem',
    '  client_auth_type: RequireAndVerifyClientCert',
    '  client_allowed_sans: [prometheus.example]',
    'basic_auth_users:',
    `  prometheus: "${HASH}"`,
  ].join('\n');

  beforeAll(async () => {
    ca = authority();
    const own = ca.sign('IP:127.0.0.1');
    const client = ca.sign('DNS:prometheus.example');
    put('ca.pem', ca.cert);
    put('cert.pem', own.cert);
    put('key.pem', own.key);
    put('client.pem', client.cert);
    put('client.key', client.key);
    put('web.yml', WEB);
    agent = await startAgent([`--web.config.file=${path('web.yml')}`, `--state.dir=${path('state')}`], {
      NEGAWATT_SAMPLING_INTERVAL: '1s',
    });
  });
  afterAll(async () => {
    await agent?.stop();
    directory.remove();
  });

  const ask = async (url: string, password: string): Promise<number> => (await answer(url, password)).status;
  const answer = (
    url: string,
    password: string,
  ): Promise<{ readonly status: number; readonly text: string }> =>
    new Promise((resolve, reject) => {
      const options = {
        ca: ca.cert,
        ...ca.sign('DNS:prometheus.example'),
        auth: `prometheus:${password}`,
        agent: false,
      };
      request(`${agent.url}${url}`, options, (response) => {
        let text = '';
        response.on('data', (part: Buffer) => {
          text += part;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      })
        .on('error', reject)
        .end();
    });

  /** How the metrics of the agent say that the last reload of the file went. */
  const reload = async (): Promise<{ readonly successful: number; readonly at: number }> => {
    const text = readExposition((await answer('/metrics', PASSWORD)).text);
    return {
      successful: text.sum('negawatt_web_config_last_reload_successful'),
      at: text.sum('negawatt_web_config_last_reload_success_timestamp_seconds'),
    };
  };

  it('is healthy and ready for who may ask, and tells others nothing', async () => {
    expect(agent.url).toMatch(/^https:/);
    for (const url of ['/metrics', '/-/healthy', '/-/ready']) {
      expect(await ask(url, PASSWORD)).toBe(200);
      expect(await ask(url, 'wrong')).toBe(401);
    }
  });

  it.skipIf(prometheus === undefined)(
    'is scraped by a real Prometheus over TLS, with its certificate and its password',
    { timeout: 90_000 },
    async () => {
      const port = await freePort();
      const scrape = (name: string, password: string): string =>
        JSON.stringify({
          job_name: name,
          scheme: 'https',
          tls_config: {
            ca_file: path('ca.pem'),
            cert_file: path('client.pem'),
            key_file: path('client.key'),
          },
          basic_auth: { username: 'prometheus', password },
          static_configs: [{ targets: [new URL(agent.url).host] }],
        });
      const withoutCertificate = JSON.stringify({
        ...JSON.parse(scrape('stranger', PASSWORD)),
        tls_config: { ca_file: path('ca.pem') },
      });
      const jobs = [scrape('right', PASSWORD), scrape('wrong', 'wrong'), withoutCertificate];
      put(
        'prometheus.yml',
        `global: {scrape_interval: 500ms}\nscrape_configs:\n${jobs.map((job) => `  - ${job}\n`).join('')}`,
      );
      const server: ChildProcess = spawn(
        prometheus ?? '',
        [
          `--config.file=${path('prometheus.yml')}`,
          `--storage.tsdb.path=${path('tsdb')}`,
          `--web.listen-address=127.0.0.1:${port}`,
        ],
        { stdio: 'ignore' },
      );
      try {
        await eventually(async () => {
          const response = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=up`);
          const { data } = (await response.json()) as {
            data: { result: { metric: { job: string }; value: [number, string] }[] };
          };
          const up = Object.fromEntries(data.result.map(({ metric, value }) => [metric.job, value[1]]));
          expect(up).toEqual({ right: '1', wrong: '0', stranger: '0' });
        }, 60_000);
        const query = encodeURIComponent('count(hw_host_energy_joules_total{job="right"})');
        const counted = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${query}`);
        expect(await counted.json()).toMatchObject({
          data: { result: [{ value: [expect.any(Number), '1'] }] },
        });
      } finally {
        server.kill();
      }
    },
  );

  it('keeps over a bad file what it had, says so once, and shows no secret anywhere', async () => {
    put('web.yml', `${WEB}\nbasic_auth_usrs: {eve: hunter2}\n`);
    await eventually(async () => {
      if (!agent.errors().includes('did you mean basic_auth_users')) throw new Error(agent.errors());
    });
    expect(await ask('/metrics', PASSWORD)).toBe(200);
    const before = await reload();
    await eventually(async () => expect(await reload()).toMatchObject({ successful: 0 }));
    expect((await reload()).at, 'of the last that was good').toBe(before.at);
    put('web.yml', WEB);
    await eventually(async () => expect(await reload()).toMatchObject({ successful: 1 }));
    expect((await reload()).at).toBeGreaterThan(before.at);
    // A certificate whose key is missing is as bad.
    put('key.pem', ca.sign('IP:127.0.0.1').key);
    await eventually(async () => expect(await reload()).toMatchObject({ successful: 0 }));
    const next = ca.sign('IP:127.0.0.1');
    put('cert.pem', next.cert);
    put('key.pem', next.key);
    await eventually(async () => expect(await reload()).toMatchObject({ successful: 1 }));
    const said = `${agent.output()}${agent.errors()}`;
    for (const secret of [PASSWORD, HASH, 'hunter2', 'PRIVATE KEY']) expect(said).not.toContain(secret);
  });
});

describe('a web-config file that is wrong', () => {
  const directory = freshDirectory();
  afterAll(() => directory.remove());
  const file = join(directory.path, 'web.yml');
  const flag = `--web.config.file=${file}`;

  it('is an error of config check, with file, line and key, and ends run before it listens', async () => {
    writeFileSync(file, 'basic_auth_users:\n  alice: hunter2\n');
    for (const command of [
      ['config', 'check'],
      ['run', `--state.dir=${directory.path}/state`],
    ]) {
      const { code, stdout, stderr } = await runCommand([...command, flag]);
      expect(code).toBe(1);
      expect(stderr).toContain(`${file}:2:10: basic_auth_users.alice is not right; it must be a bcrypt hash`);
      expect(`${stdout}${stderr}`).not.toContain('hunter2');
    }
  });

  it('is a finding of doctor, which ends with status 1', async () => {
    writeFileSync(file, 'rate_limit: {interval: 1s}\n');
    const { code, stdout } = await runCommand(['doctor', '--json', flag]);
    const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string; why: string }[] };
    const finding = checks.find(({ name }) => name === 'web config');
    expect(finding?.status).toBe('unusable');
    expect(finding?.why).toContain(`${file}:1:13: rate_limit.burst lets no request in`);
    expect(code).toBe(1);
  });

  it('is told from one that is right, or only to be thought over', async () => {
    writeFileSync(file, 'http_server_config: {http2: true}\n');
    const check = await runCommand(['config', 'check', flag]);
    expect(check.code).toBe(0);
    expect(check.stderr).toContain('http2 has no effect');
    const doctor = await runCommand(['doctor', '--json', flag]);
    expect(doctor.code).toBe(0);
    const { checks } = JSON.parse(doctor.stdout) as {
      checks: { name: string; status: string; why: string }[];
    };
    expect(checks.find(({ name }) => name === 'web config')).toMatchObject({
      status: 'ok',
      why: `${file}: plain HTTP, 0 users`,
    });
  });
});
