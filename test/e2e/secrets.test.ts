/** Keys and passwords come from files, go to whom they are for, and are shown nowhere else. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, freshDirectory, runCommand, startAgent } from '../fixtures/agent-process.ts';
import { type JsonServer, type Reply, serveJson } from '../fixtures/json-server.ts';

const SECRETS = ['s3cret-of-the-grid', 's3cret-of-the-pdu', 's3cret-of-the-variable'];
const directory = freshDirectory();
const heard: string[] = [];
let server: JsonServer;
let config: string;

const file = (name: string, content: string, mode = 0o600): string => {
  const path = join(directory.path, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
};

beforeAll(async () => {
  // Whoever is asked refuses, and throws the key back: the worst that an error message could be made of.
  const reply: Reply = ({ headers }, response) => {
    const told = JSON.stringify(headers);
    heard.push(told);
    response.writeHead(401);
    response.end(`no access with ${told}`);
  };
  server = await serveJson({ '/grid': reply, '/named': reply, '/pdu': reply });
  const provider = (path: string, key: string) => `
    - {name: json, url: '${server.url}${path}', ${key}, key_header: Authorization, list: data, time: start, value: v,
       unit: g/kWh, zone: DE, signal: average, basis: direct, gases: CO2, interval: 1h, source: a test, licence: own use}`;
  config = file(
    'negawatt.yaml',
    `sampling: {interval: 1s}
sources:
  custom:
    meters:
      - {name: pdu, domain: wall, unit: W, interval: 1s,
         http: {url: '${server.url}/pdu', token_file: ${file('pdu', `${SECRETS[1]}\n`)}}}
grid:
  zone: DE
  providers:${provider('/grid', `key_file: ${file('grid', `${SECRETS[0]}\n`)}`)}${provider('/named', 'key_env: GRID_KEY')}
`,
    0o644,
  );
});
afterAll(async () => {
  await server.close();
  directory.remove();
});

const env = { GRID_KEY: SECRETS[2] ?? '' };
const expectNone = (where: string, text: string): void => {
  for (const secret of SECRETS) expect(text.includes(secret) ? `${where} shows ${secret}` : '').toBe('');
};
const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());

describe('a secret', () => {
  it.each([
    'config print',
    'config print --json',
    'config check',
    'config check --json',
    'doctor',
    'doctor --json',
    'once --json --interval 1s',
  ])('is in no word of negawatt %s', { timeout: 60_000 }, async (command) => {
    const { stdout, stderr } = await runCommand([...command.split(' '), '--config.file', config], {
      ...env,
      NEGAWATT_LOG_LEVEL: 'debug',
    });
    expect(stdout.length).toBeGreaterThan(0);
    expectNone(command, stdout + stderr);
  });

  it('is sent to whom it is for, and is in no log, page, metric or file of state', {
    timeout: 60_000,
  }, async () => {
    const state = join(directory.path, 'state');
    mkdirSync(state);
    const agent = await startAgent(
      [`--config.file=${config}`, `--state.dir=${state}`, '--log.level=debug'],
      env,
    );
    await eventually(async () => {
      for (const secret of SECRETS) expect(heard.some((one) => one.includes(secret))).toBe(true);
      // The refusals have been told of.
      expect(agent.errors()).toMatch(/answered 401.*source=custom/);
      expect(agent.errors()).toMatch(/source=grid/);
    });
    for (const path of ['/metrics', '/', '/api/v1/snapshot', '/api/v1/workloads', '/api/v1/grid', '/-/ready'])
      expectNone(path, await agent.get(path).catch(String));
    expect(await agent.stop()).toBe(0);
    expectNone('the log', agent.output() + agent.errors());
    const kept = filesBelow(state);
    expect(kept.length).toBeGreaterThan(0);
    for (const path of kept) expectNone(path, readFileSync(path, 'latin1'));
  });

  it.each([
    [
      'sources: {guest: {url: "http://me:s3cret@h/api/v1/guests/web"}}',
      /sources\.guest\.url is "http:\/\/\*\*\*@h/,
    ],
    [
      'sources: {kubelet: {url: "https://me:s3cret@h:10250"}}',
      /sources\.kubelet\.url is "https:\/\/\*\*\*@h/,
    ],
    ['sources: {redfish: {url: "https://me:s3cret@h"}}', /sources\.redfish\.url is "https:\/\/\*\*\*@h/],
    [
      'site: {pue_metric: {url: "http://me:s3cret@h/metrics", metric: m}}',
      /site\.pue_metric\.url is "http:\/\/\*\*\*@h/,
    ],
    [
      'work: {scrape: [{url: "http://me:s3cret@h/m", metric: m, unit: u}]}',
      /work\.scrape\.0\.url is "http:\/\/\*\*\*@h/,
    ],
    [
      'sources: {custom: {meters: [{name: a, domain: wall, unit: W, http: {url: "http://h/", headers: {Authorization: s3cret}}}]}}',
      /headers\.Authorization is not/,
    ],
  ])('that stands in the configuration itself is refused, and not repeated: %s', async (text, why) => {
    const path = file('with-secret.yaml', `${text}\n`);
    for (const command of ['print', 'check']) {
      const { code, stdout, stderr } = await runCommand(['config', command, '--config.file', path]);
      expect(code).toBe(1);
      expect(stderr).toMatch(why);
      expect(stdout + stderr).not.toContain('s3cret');
    }
  });

  it.each(['grid', 'pdu'])(
    'in a file that everybody may read is refused: %s',
    { timeout: 60_000 },
    async (name) => {
      chmodSync(join(directory.path, name), 0o644);
      const { stdout, stderr } = await runCommand(['doctor', '--config.file', config], env);
      chmodSync(join(directory.path, name), 0o600);
      expect(stdout).toMatch(/every user of this host may read it/);
      expectNone('doctor', stdout + stderr);
    },
  );
});
