/** An example must not be taken for a result: whatever shows or carries grams says that they are of an example. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from '../../agent/commands/index.ts';
import { freshDirectory, type RunningAgent, runCommand, startAgent } from '../fixtures/agent-process.ts';

const QUICKSTART = '--config.file=config/quickstart.yaml';
const OWN = '--grid.zone=FR';
const directory = freshDirectory();
afterAll(() => directory.remove());

/** Answers that are the same on every host and at every time. */
const ASSETS = ['/style.css', '/icon.svg', '/page.js'];

/** Every route, as the server itself lists them. */
const routesOf = async ({ url }: RunningAgent): Promise<readonly string[]> => {
  const text = await (await fetch(`${url}/nothing-here`)).text();
  return text.split('\n').filter((line) => line.startsWith('/') && !ASSETS.includes(line));
};

/**
 * They tell nothing by the zone in force: a load curve has no grams, a forecast is of its provider's zone, and hours that
 * were metered under an example are kept without a zone, so that a statement names them as energy without a factor and a
 * comparison has no grams of them. Plans and their on/off tests have none at all.
 */
const WITHOUT_THE_ZONE = ['calibrate', 'greenest', 'report', 'compare', 'measure', 'switchback'];

/** Every other command that ends by itself (the service of a fleet has the factors that its past kept), in every format that its help names. */
const invocations = createProgram()
  .help()
  .filter(({ name, text }) => text.includes('--config.file') && !/ (run|fleet)$/.test(name))
  .filter(({ name }) => !WITHOUT_THE_ZONE.includes(name.split(' ')[1] ?? ''))
  .flatMap(({ name, text }) => {
    const [, ...command] = name.split(' ');
    const choices = /--format[\s\S]*?choices:([^)]*?)(?:, default|\))/.exec(text)?.[1] ?? '';
    const names = new Set([...choices.matchAll(/"(\w+)"/g)].map(([, format]) => format ?? ''));
    const formats = [...names].map((format) => ['--format', format]);
    const short = command[0] === 'once' || command[0] === 'top' ? ['--interval', '1s'] : [];
    return (formats.length === 0 ? [[]] : formats).map((format) => [...command, ...short, ...format]);
  });

it('the loop below covers the commands and formats that there are', () => {
  expect(invocations.map((args) => args.join(' '))).toEqual([
    'doctor --format table',
    'doctor --format json',
    'doctor --format csv',
    'once --interval 1s --format table',
    'once --interval 1s --format json',
    'once --interval 1s --format csv',
    'top --interval 1s --format table',
    'top --interval 1s --format json',
    'config check',
    'config print',
    'jobs --format table',
    'jobs --format json',
    'jobs --format csv',
  ]);
});

describe.each([
  { flags: [QUICKSTART], says: true },
  { flags: [QUICKSTART, OWN], says: false },
])('with $flags', ({ flags, says }) => {
  let agent: RunningAgent;
  const state = `--state.dir=${join(directory.path, String(says))}`;
  beforeAll(async () => {
    agent = await startAgent([...flags, state]);
  });
  afterAll(async () => {
    await agent.stop();
    for (const line of agent.errors().trim().split('\n')) expect(line.includes('EXAMPLE ZONE DE')).toBe(says);
  });

  it(`every route ${says ? 'names the example' : 'names none'}`, async () => {
    const routes = await routesOf(agent);
    expect(routes).toEqual(expect.arrayContaining(['/', '/metrics', '/api/v1/sources', '/-/ready']));
    for (const route of routes) {
      const text = await agent.get(route);
      if (route === '/metrics')
        expect(text).toMatch(says ? /^negawatt_config_example 1$/m : /^negawatt_config_example 0$/m);
      else expect(text.includes('EXAMPLE ZONE DE'), route).toBe(says);
      if (route.startsWith('/api/')) {
        const answer = JSON.parse(text) as Record<string, unknown>;
        expect(answer.example, route).toBe(says ? 'EXAMPLE ZONE DE' : undefined);
      }
    }
  });

  it(`the banner ${says ? 'names it' : 'does not'}`, () => {
    expect(agent.output().includes('EXAMPLE ZONE DE')).toBe(says);
  });

  it.concurrent.each(invocations.map((args) => [args.join(' '), args] as const))(
    `${says ? 'it is named by' : 'it is not named by'} %s`,
    async (_name, args) => {
      const { code, stdout } = await runCommand([...args, ...flags, ...(args[0] === 'jobs' ? [state] : [])]);
      expect(code).toBe(0);
      if (!args.includes('csv')) return expect(stdout.includes('EXAMPLE ZONE DE')).toBe(says);
      const [header, ...rows] = stdout.trimEnd().split('\r\n');
      // Where nothing has ended there is no line to say it in.
      expect(rows.length > 0 || args[0] === 'jobs').toBe(true);
      expect(header).toMatch(/,example$/);
      for (const row of rows) expect(row.endsWith(',EXAMPLE ZONE DE'), row).toBe(says);
    },
  );
});
