/** The documents' way to scrape many hosts and to find those that lack a meter: its own lines, a real agent and Prometheus. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QUERIES } from '../../dashboards/queries.ts';
import { cleanEnv, eventually, freshDirectory } from '../fixtures/agent-process.ts';
import { noCertificates, selfSigned } from '../fixtures/certificate.ts';
import { debianProgram } from '../fixtures/debian.ts';
import { freePort } from '../fixtures/free-port.ts';
import { type JsonServer, type Reply, serveJson } from '../fixtures/json-server.ts';
import { type SteppedHost, steppedHost } from '../fixtures/stepped-host.ts';

const prometheus = debianProgram('/usr/bin/prometheus', 'prometheus');
const DOCUMENT = readFileSync(join(import.meta.dirname, '..', '..', 'agent', 'README.md'), 'utf8');
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

/** The first block of YAML after some words of the document. */
const yamlAfter = (words: string): string => {
  const [, after = ''] = DOCUMENT.split(words, 2);
  const [, block] = /```yaml\n([\s\S]*?)```/.exec(after) ?? [];
  if (block === undefined) throw new Error(`agent/README.md has no YAML after "${words}"`);
  return block;
};
/** What has to change for this machine, and only that; each has to be there. */
const changed = (text: string, changes: Readonly<Record<string, string>>): string =>
  Object.entries(changes).reduce((now, [from, to]) => {
    if (!now.includes(from)) throw new Error(`agent/README.md does not say "${from}"`);
    return now.replaceAll(from, to);
  }, text);

describe.skipIf(prometheus === undefined || noCertificates !== undefined)(
  'a roll-out as its document describes it',
  () => {
    const directory = freshDirectory();
    const hosts = new Map<string, JsonServer>();
    let server: ChildProcess;
    let agent: ChildProcess;
    let metered: SteppedHost;
    let said = '';
    let port: number;
    let base: string;

    const query = async (expression: string): Promise<readonly string[]> => {
      const response = await fetch(`${base}/api/v1/query?query=${encodeURIComponent(expression)}`);
      const { data } = (await response.json()) as { data: { result: { metric: Record<string, string> }[] } };
      const names = new Map([...hosts].map(([name, { url }]) => [url.slice('https://'.length), name]));
      names.set(`127.0.0.1:${port}`, 'agent');
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
      // The agent, with the file of a host and the web-config file, whose three lines for certificates of clients go.
      const own = join(directory.path, 'negawatt');
      mkdirSync(own);
      port = await freePort();
      const put = (name: string, text: string): void => writeFileSync(join(own, name), text, { mode: 0o640 });
      put('tls.crt', certificate.cert);
      put('tls.key', certificate.key);
      put(
        'negawatt.yaml',
        changed(yamlAfter('## 5,000 hosts\n'), { ':10202': `:${port}`, '/etc/negawatt': own }),
      );
      const web = changed(yamlAfter('exporter-toolkit:\n'), { '$2y$10$...': hashSync(PASSWORD, 4) });
      expect(web).toMatch(/leave out these three lines/);
      put('web.yaml', web.replace(/^ {2}client_.*\n/gm, ''));
      metered = steppedHost();
      agent = spawn(
        process.execPath,
        [
          join(import.meta.dirname, '..', '..', 'dist', 'negawatt.js'),
          'run',
          `--config.file=${join(own, 'negawatt.yaml')}`,
          `--state.dir=${join(directory.path, 'state')}`,
          ...metered.flags,
        ],
        { env: cleanEnv(), stdio: ['ignore', 'ignore', 'pipe'] },
      );
      agent.stderr?.on('data', (data: Buffer) => {
        said += data;
      });
      const etc = join(directory.path, 'prometheus');
      mkdirSync(join(etc, 'hosts'), { recursive: true });
      writeFileSync(join(etc, 'site-ca.pem'), certificate.cert);
      writeFileSync(join(etc, 'negawatt-password'), PASSWORD);
      writeFileSync(
        join(etc, 'prometheus.yml'),
        changed(yamlAfter('\nIn Prometheus;'), {
          '/etc/prometheus': etc,
          'scrape_interval: 30s': 'scrape_interval: 1s',
        }),
      );
      const [, rack = ''] = /is a list such as `(.*?)`/.exec(DOCUMENT) ?? [];
      const targets = [...hosts.values()].map(({ url }) => url.slice('https://'.length));
      targets.push(`127.0.0.1:${port}`);
      writeFileSync(
        join(etc, 'hosts', 'r12.json'),
        changed(rack, { '"node-17:10202"': targets.map((one) => `"${one}"`).join() }),
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
        expect(await query('up{job="negawatt",rack="r12"}'), said).toHaveLength(targets.length);
        expect(await query('negawatt_build_info'), said).toHaveLength(targets.length - 1);
      }, 60_000);
    }, 120_000);

    afterAll(async () => {
      server?.kill();
      agent?.kill();
      metered?.host.dispose();
      for (const one of hosts.values()) await one.close();
      directory.remove();
    });

    const [, first = '', second = ''] =
      /hold only hosts that you know of:\n\n```\n(.*)\n(.*)\n```/.exec(DOCUMENT) ?? [];

    it('has the real agent, configured by its lines, among the hosts that answer', async () => {
      expect(await query('up == 1')).toEqual(['agent', 'curve', 'metered', 'nothing', 'supply']);
      expect(await query('hw_host_energy_joules_total')).toEqual(['agent']);
    });

    it('lists the hosts that do not answer', async () => {
      expect(await query(first)).toEqual(['dead']);
    });

    it('lists the hosts that answer and lack a meter: those on a load curve, and those without any source', async () => {
      // A meter has counted something, and is named, from its second reading on.
      await eventually(async () => expect(await query(second)).toEqual(['curve', 'nothing']));
      expect(QUERIES.map(({ expression }) => expression)).toContain(second);
    });
  },
);
