import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { expect, it } from 'vitest';
import { pushWay } from '../../src/work/push.ts';
import { ask, converse, servers } from '../fixtures/http.ts';

const { serving } = servers();
const PATH = '/api/v1/work';
const JSON_TYPE = { 'content-type': 'application/json' };
const one = (amount: number): string => JSON.stringify({ unit: 'jobs', add: amount });

it('takes work and says how much of it', async () => {
  const work = pushWay();
  const { server } = await serving({ work });
  const answer = await ask(server, PATH, {
    method: 'POST',
    headers: JSON_TYPE,
    body: `[${one(1)},${one(2)}]`,
  });
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.text)).toMatchObject({
    accepted: 2,
    note: expect.stringContaining('next sample'),
  });
  expect(work.take()).toMatchObject([{ workload: 'host', unit: 'jobs', added: 3 }]);
});

it('says what is wrong with it', async () => {
  const { server } = await serving({ work: pushWay() });
  const post = (body: string, headers: Record<string, string> = JSON_TYPE) =>
    ask(server, PATH, { method: 'POST', headers, body });
  expect(await post('{')).toMatchObject({ status: 400, text: expect.stringContaining('no JSON') });
  expect(await post(one(-1))).toMatchObject({ status: 400, text: expect.stringContaining('add must be') });
  expect(await post(one(1), { 'content-type': 'text/plain' })).toMatchObject({ status: 415 });
  expect(await post(one(1), { ...JSON_TYPE, host: 'evil.example' })).toMatchObject({ status: 403 });
  expect(await ask(server, PATH)).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  expect(await ask(server, PATH, { method: 'PUT', headers: JSON_TYPE, body: one(1) })).toMatchObject({
    status: 405,
  });
});

it('takes none where it is switched off, and says which key did it', async () => {
  const { server } = await serving();
  const answer = await ask(server, PATH, { method: 'POST', headers: JSON_TYPE, body: one(1) });
  expect(answer).toMatchObject({ status: 403, text: expect.stringContaining('work.push') });
});

it('takes none from another host, also where it listens for all', async () => {
  const address = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')?.address;
  if (address === undefined) return;
  const work = pushWay();
  const { server } = await serving({ work, listenAddress: ':0' });
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { ...JSON_TYPE, host: 'localhost' };
    const asked = request({
      host: address,
      localAddress: address,
      port: server.port,
      path: PATH,
      method: 'POST',
      headers,
    });
    asked.on('response', (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on('error', reject);
    asked.end(one(1));
  });
  expect(status).toBe(403);
  expect(work.take()).toEqual([]);
});

it('takes at most 64 KiB, said before or found out on the way', async () => {
  const work = pushWay();
  const { server } = await serving({ work });
  const long = `[${Array.from({ length: 4000 }, () => one(1)).join(',')}]`;
  expect(long.length).toBeGreaterThan(64 * 1024);
  const post = `POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;
  const said = await converse(server, (socket) => socket.end(`${post}Content-Length: 9000000\r\n\r\n`));
  expect(said).toMatch(/^HTTP\/1\.1 413 /);
  expect(said).toContain('at most 64 KiB');
  const found = await converse(server, (socket) => {
    socket.write(`${post}Transfer-Encoding: chunked\r\n\r\n${long.length.toString(16)}\r\n${long}\r\n`);
  });
  expect(found).toMatch(/^HTTP\/1\.1 413 /);
  expect(work.take()).toEqual([]);
});

it('asks for a body that the client holds back, and only where it wants it', async () => {
  const work = pushWay();
  const { server } = await serving({ work });
  const expecting = (type: string): Promise<string> =>
    converse(server, (socket) => {
      const body = one(4);
      socket.write(
        `POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n` +
          'Connection: close\r\nExpect: 100-continue\r\n\r\n',
      );
      socket.on('data', (data) => {
        if (String(data).includes('100 Continue')) socket.write(body);
      });
    });
  expect(await expecting('application/json')).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  expect(work.take()).toMatchObject([{ added: 4 }]);
  expect(await expecting('text/plain')).toMatch(/^HTTP\/1\.1 415 /);
});

it('lives on where a client goes away in the middle of its body', async () => {
  const work = pushWay();
  const { server, logged } = await serving({ work });
  await converse(server, (socket) => {
    socket.write(
      `POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{`,
    );
    setImmediate(() => socket.destroy());
  });
  const answer = await ask(server, PATH, { method: 'POST', headers: JSON_TYPE, body: one(1) });
  expect(answer.status).toBe(200);
  expect(logged).toEqual([]);
});

it('is named among what there is', async () => {
  const { server } = await serving();
  expect((await ask(server, '/nothing')).text).toContain(`POST ${PATH}`);
});

it('shows the energy per unit of work beside the workloads and the host', async () => {
  const { server, driven } = await serving();
  driven.settle();
  const { workloads, host } = JSON.parse((await ask(server, '/api/v1/workloads')).text);
  expect(host.energyJoules).toBeGreaterThan(0);
  expect(workloads.length).toBeGreaterThan(2);
  // Nothing counts work here: the figure is left out.
  expect(JSON.stringify({ workloads, host })).not.toContain('energyPerWork');
});
