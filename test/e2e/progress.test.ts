/** Commands that take more than two seconds say on a real terminal that they are at work, and nowhere else. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanEnv, freshDirectory, furtherTicks, startAgent } from '../fixtures/agent-process.ts';
import { debianProgram } from '../fixtures/debian.ts';
import { type JsonServer, serveJson } from '../fixtures/json-server.ts';

const ENTRY = join(import.meta.dirname, '..', '..', 'dist', 'negawatt.js');
const script = debianProgram('/usr/bin/script', 'bsdutils');

const directory = freshDirectory();
/** Answers late, as a provider, and tells as an agent nothing new for a while. */
let slow: JsonServer;
const LATE_MS = 2700;

const SNAPSHOT = '/api/v1/snapshot';
/** Two snapshots of a real agent. */
const snapshots = async (): Promise<readonly object[]> => {
  const config = join(directory.path, 'agent.yaml');
  writeFileSync(config, 'sampling: {interval: 1s}\n');
  const agent = await startAgent([
    ...[`--config.file=${config}`, `--state.dir=${join(directory.path, 'state')}`],
  ]);
  try {
    const take = (): Promise<object> => agent.json<object>(`${SNAPSHOT}?counters=booked`);
    await furtherTicks(agent);
    const first = await take();
    await furtherTicks(agent);
    return [first, await take()];
  } finally {
    await agent.stop();
  }
};

beforeAll(async () => {
  const [before, after] = await snapshots();
  let asked: number | undefined;
  slow = await serveJson({
    '/late': (_request, response) => void setTimeout(() => response.writeHead(404).end(), LATE_MS),
    [SNAPSHOT]: (_request, response) => {
      asked ??= performance.now();
      response.end(JSON.stringify(performance.now() - asked < LATE_MS ? before : after));
    },
  });
  writeFileSync(
    join(directory.path, 'slow.yaml'),
    `web: {listen_address: '127.0.0.1:0'}
grid:
  zone: DE
  providers:
    - {name: json, url: '${slow.url}/late', list: past, time: time, value: value, unit: g/kWh, zone: DE,
       signal: average, basis: direct, gases: CO2, interval: 1h, source: a test, licence: own use}
`,
  );
});
afterAll(async () => {
  await slow?.close();
  directory.remove();
});

/** All that a command writes to a pseudo-terminal, that it takes away again too. */
const onTerminal = async (args: string, TERM = 'xterm'): Promise<string> => {
  const line = `"${process.execPath}" "${ENTRY}" ${args}`;
  const env = cleanEnv({ TERM });
  const run = promisify(execFile)(script ?? '', ['-qec', line, '/dev/null'], { env });
  // One that ends with an error has told why on the same terminal.
  return (await run.catch((error: { stdout: string }) => error)).stdout;
};
const slowly = (): string => `--config.file=${join(directory.path, 'slow.yaml')}`;
const without = '--web.listen-address=127.0.0.1:1';
const BAR = /\[#+\.*\] +\d+ %/;
const TAKEN_AWAY = '\r\u001B[K';

describe.skipIf(script === undefined)('on a terminal', () => {
  it.concurrent.each([
    ['once', () => 'once --interval 3s', BAR, /^ +power /m],
    ['top --once alone', () => `top --once --interval 3s ${without}`, BAR, /^ *WATTS /m],
    ['top --once beside an agent', () => `top --once --url ${slow.url}`, BAR, /^ *WATTS /m],
    ['greenest', () => `greenest ${slowly()}`, /asking for forecasts, 2 s so far/, / answers 404; /],
    ['doctor', () => `doctor ${slowly()}`, /looking at the sources, [23] s so far/, /^NAME +STATUS/m],
  ])('%s says that it is at work, takes that away, and then prints', async (_name, args, work, found) => {
    const text = await onTerminal(args());
    expect(text).toMatch(work);
    const end = text.lastIndexOf(TAKEN_AWAY);
    expect(text.slice(0, end)).toMatch(work);
    expect(text.slice(0, end)).not.toMatch(found);
    expect(text.slice(end + TAKEN_AWAY.length)).toMatch(found);
    expect(text.slice(end)).not.toMatch(work);
  });

  it.concurrent.each([
    ['for a program', 'once --interval 3s --json', 'xterm', /^\{/],
    ['where the terminal could not take it away', 'once --interval 3s', 'dumb', /^ +power /m],
  ])('nothing of it shows %s', async (_where, args, term, found) => {
    const text = await onTerminal(args, term);
    expect(text).not.toContain('measuring');
    expect(text).not.toContain('\u001B');
    expect(text).toMatch(found);
  });
});
