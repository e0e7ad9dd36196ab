/** The README's way to scrape many hosts and to find those that lack a meter, with a real Prometheus. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QUERIES } from '../../dashboards/queries.ts';
import { eventually, freshDirectory } from '../fixtures/agent-process.ts';
import { noCertificates, selfSigned } from '../fixtures/certificate.ts';
import { debianProgram } from '../fixtures/debian.ts';
import { type JsonServer, type Reply, serveJson } from '../fixtures/json-server.ts';

const prometheus = debianProgram('/usr/bin/prometheus', 'prometheus');
const README = readFileSync(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8');
const PASSWORD = 'scrape-me';

/** What an agent says of its host total, to a scraper with the right password. */
const host =
  (source: string): Reply =>
  (request, response) => {
    const expected = `Basic ${Buffer.from(`prometheus:${PASSWORD}`).toString('base64')}`;
    response.writeHead(request.headers.authorization === expected ? 200 : 401, {
      'content-type': 'text/plain',
    });
    response.end(`negawatt_build_info{version="1"} 1\n${source}`);
  };
const total = (source: string, quality: string): string =>
  `negawatt_host_energy_source_info{source="${source}",quality="${quality}",complete="true"} 1\n`;

describe.skipIf(prometheus === undefined || noCertificates !== undefined)(
  'a roll-out as the README describes it',
  () => {
    const directory = freshDirectory();
    const hosts = new Map<string, JsonServer>();
    let server: ChildProcess;
    let base: string;

    const query = async (expression: string): Promise<readonly string[]> => {
      const response = await fetch(`${base}/api/v1/query?query=${encodeURIComponent(expression)}`);
      const { data } = (await response.json()) as { data: { result: { metric: Record<string, string> }[] } };
      const names = new Map([...hosts].map(([name, { url }]) => [url.slice('https://'.length), name]));
      return data.result.map(({ metric }) => names.get(metric.instance ?? '') ?? '?').sort();
    };

    beforeAll(async () => {
      const certificate = selfSigned();
      const answers = {
        metered: total('components', 'derived'),
        supply: total('platform_in', 'measured'),
        curve: total('model', 'estimated'),
        nothing: '',
        dead: '',
      };
      for (const [name, source] of Object.entries(answers))
        hosts.set(name, await serveJson({ '/metrics': host(source) }, { certificate }));
      await hosts.get('dead')?.close();
      const etc = join(directory.path, 'prometheus');
      mkdirSync(join(etc, 'hosts'), { recursive: true });
      writeFileSync(join(etc, 'site-ca.pem'), certificate.cert);
      writeFileSync(join(etc, 'negawatt-password'), PASSWORD);
      const [, given = ''] = /In Prometheus;[^\n]*\n\n```yaml\n([\s\S]*?)```/.exec(README) ?? [];
      writeFileSync(
        join(etc, 'prometheus.yml'),
        given.replaceAll('/etc/prometheus', etc).replace('scrape_interval: 30s', 'scrape_interval: 1s'),
      );
      const [, rack = ''] = /is a list such as `(.*?)`/.exec(README) ?? [];
      const targets = [...hosts.values()].map(({ url }) => url.slice('https://'.length));
      writeFileSync(
        join(etc, 'hosts', 'r12.json'),
        rack.replace('"node-17:10202"', targets.map((one) => `"${one}"`).join()),
      );
      const free = await serveJson({});
      base = free.url;
      await free.close();
      server = spawn(
        prometheus ?? '',
        [
          `--config.file=${join(etc, 'prometheus.yml')}`,
          `--storage.tsdb.path=${join(directory.path, 'tsdb')}`,
          `--web.listen-address=${base.slice('http://'.length)}`,
        ],
        { stdio: 'ignore' },
      );
      await eventually(async () => {
        expect(await query('up{job="negawatt",rack="r12"}')).toHaveLength(hosts.size);
        expect(await query('negawatt_build_info')).toHaveLength(hosts.size - 1);
      }, 60_000);
    }, 120_000);

    afterAll(async () => {
      server?.kill();
      for (const one of hosts.values()) await one.close();
      directory.remove();
    });

    const [, first = '', second = ''] =
      /hold only hosts that you know of:\n\n```\n(.*)\n(.*)\n```/.exec(README) ?? [];

    it('lists the hosts that do not answer', async () => {
      expect(await query(first)).toEqual(['dead']);
    });

    it('lists the hosts that answer and lack a meter: those on a load curve, and those without any source', async () => {
      expect(await query(second)).toEqual(['curve', 'nothing']);
      expect(QUERIES.map(({ expression }) => expression)).toContain(second);
    });
  },
);
