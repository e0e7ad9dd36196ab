/** What comes in over sockets. */
import { connect } from 'node:net';
import { CommandError } from '../../../agent/exit.ts';
import { createHttpServer } from '../../../agent/http.ts';
import { parseListenAddress } from '../../../agent/listen-address.ts';
import { parseDuration } from '../../../src/config/index.ts';
import { hostJson } from '../../../src/exporters/index.ts';
import { lines } from '../../../src/work/lines.ts';
import { createMatcher, ownMetric } from '../../../src/work/matching.ts';
import { pushWay } from '../../../src/work/push.ts';
import { parsePush } from '../../../src/work/push-body.ts';
import { isPlausible, parseSample, utf8 } from '../../../src/work/sample-line.ts';
import { runEngine } from '../../fixtures/run-engine.ts';
import { scriptedHost } from '../../fixtures/scripted-host.ts';
import type { Parser } from '../fuzz.ts';
import { declaredBySource } from './kernel.ts';

const PAGE = `# HELP negawatt_work_total Requests.
# TYPE negawatt_work_total counter
negawatt_work_total{unit="requests",workload="nginx.service",code="2\\"00"} 1027 1395066363000
negawatt_work_total{unit="requests",workload="api"} 3 # {trace_id="a"} 1
something_else{a="b\\n"} NaN
# EOF
`;

const exposition = (): Parser => ({
  name: 'pages of metrics',
  corpus: [PAGE],
  cost: 2,
  anyNumber: true,
  read: (input) => {
    const matcher = createMatcher([ownMetric('page')]);
    const text = lines(matcher.line);
    const half = input.length >> 1;
    text.write(input.subarray(0, half));
    text.write(input.subarray(half));
    text.end();
    return matcher.result();
  },
  declares: declaredBySource,
});

const sampleLine = (): Parser => ({
  name: 'a line of metrics',
  corpus: ['pue{site="a",hall="b c"} 1.21 1395066363000', 'pue 1.2e0', '{"pue","a"="b"} 1'],
  anyNumber: true,
  read: (input) => {
    const line = input.toString('latin1');
    return [isPlausible(line), utf8(line), parseSample(line, 3)];
  },
});

const push = (): Parser => ({
  name: 'pushed work',
  corpus: [
    '{"workload": "nginx.service", "unit": "requests", "total": 123}',
    '[{"workload": {"name": "nginx", "kind": "container"}, "unit": "requests", "add": 1.5}, {"unit": "jobs", "total": 4}]',
  ],
  read: parsePush,
});

const duration = (): Parser => ({
  name: 'durations',
  corpus: ['15m', '1.5h', '90s', '250ms'],
  read: (input) => parseDuration(input.toString()),
});

const address = (): Parser => ({
  name: 'addresses to listen on',
  corpus: ['127.0.0.1:10202', '[::1]:0', 'localhost:80'],
  read: (input) => parseListenAddress(input.toString()),
  declares: (error) => error instanceof CommandError,
});

/** The agent's own server, asked over real sockets; after each input it has to answer a good request as before. */
export const httpParser = async (): Promise<Parser> => {
  const log: string[] = [];
  const host = scriptedHost();
  host.addMeter('package-0', 'package', 80);
  const snapshot = runEngine().step(host.sample());
  const server = await createHttpServer({
    listenAddress: '127.0.0.1:0',
    telemetryPath: '/metrics',
    snapshot: () => snapshot,
    metrics: async () => '# EOF\n',
    page: async () => '<p>',
    api: hostJson,
    work: pushWay(),
    healthy: () => true,
    onScrapeInterval: () => {},
    log: (line) => log.push(line),
  });
  const send = (bytes: Buffer): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () => {
        socket.end(bytes);
      });
      socket.on('error', () => {});
      socket.on('data', () => {});
      socket.on('close', () => resolve());
    });
  const good = async (): Promise<void> => {
    const response = await fetch(`${server.url}/metrics`, { headers: { connection: 'close' } });
    if (response.status !== 200 || (await response.text()) !== '# EOF\n')
      throw new Error(`the server no longer answers: ${response.status}`);
    const wrong = log.splice(0).find((line) => line.includes('could not be answered'));
    if (wrong !== undefined) throw new Error(wrong);
  };
  let inputs = 0;
  return {
    name: 'requests to the server',
    corpus: [
      'GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nAccept: text/plain;version=0.0.4;q=0.5\r\n\r\n',
      'GET /api/v1/workloads?top=5 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      'POST /api/v1/work HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 44\r\n\r\n{"workload":"nginx","unit":"jobs","total":1}',
      'POST /api/v1/work HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
      'HEAD / HTTP/1.0\r\n\r\nGET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n',
    ],
    cost: 60,
    read: async (input) => {
      await send(input);
      inputs += 1;
      if (inputs % 50 === 0) await good();
      return inputs;
    },
    close: () => void server.close(),
  };
};

export const networkParsers = (): readonly Parser[] => [
  exposition(),
  sampleLine(),
  push(),
  duration(),
  address(),
];
