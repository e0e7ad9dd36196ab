import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  eventually,
  freshDirectory,
  type RunningAgent,
  runCommand,
  startAgent,
} from '../fixtures/agent-process.ts';

let directory: ReturnType<typeof freshDirectory>;
const agents: RunningAgent[] = [];
beforeEach(() => {
  directory = freshDirectory();
});
afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.stop('SIGKILL')));
  directory.remove();
});
const configured = (yaml: string): string => {
  const file = join(directory.path, 'c.yaml');
  writeFileSync(file, yaml);
  return `--config.file=${file}`;
};
const OWN =
  'embodied: {lifetime_years: 4, host: {kg: 1000, source: "letter of the maker", boundary: manufacturing, includes_gpus: true}}\n';
/** A curve of its own, so that a host without any meter has energy too. */
const CURVE =
  'sources: {model: {curve: [{load: 0, watts: 100}, {load: 1, watts: 300}]}}\ngrid: {zone: DE}\nsampling: {interval: 1s}\n';

interface Answer {
  readonly host: {
    readonly sci?: readonly {
      readonly available: boolean;
      readonly gramsPerUnit?: number;
      readonly reason?: string;
    }[];
    readonly embodied: { readonly grams: number };
  };
}

it('an agent counts embodied emissions over a kill, and scores work that is pushed to it', async () => {
  const config = configured(OWN + CURVE);
  const flags = [`--state.dir=${join(directory.path, 'state')}`, config];
  const first = await startAgent(flags);
  agents.push(first);
  expect(await first.get('/metrics')).toContain('negawatt_embodied_info{part="host",item=');
  const before = await first.json<Answer>('/api/v1/workloads');
  expect(before.host.sci).toMatchObject([
    { available: false, reason: 'no work of the whole host is counted' },
  ]);
  const push = async (): Promise<void> => {
    await fetch(`${first.url}/api/v1/work`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ unit: 'jobs', add: 5 }),
    });
  };
  await eventually(async () => {
    await push();
    const { host } = await first.json<Answer>('/api/v1/workloads');
    expect(host.sci?.[0]?.available).toBe(true);
    expect(host.sci?.[0]?.gramsPerUnit).toBeGreaterThan(0);
  });
  const booked = async (agent: RunningAgent): Promise<number> => {
    const { embodied } = await agent.json<{ embodied: { grams: number } }>(
      '/api/v1/snapshot?counters=booked',
    );
    return embodied.grams;
  };
  await first.get('/metrics');
  const shown = await booked(first);
  expect(shown).toBeGreaterThan(0);
  await first.stop('SIGKILL');
  const killed = Date.now();
  const second = await startAgent(flags);
  agents.push(second);
  const down = (Date.now() - killed) / 1000;
  // 1,000 kg over 4 years of 365 days: what the downtime took is in it, and not much more than time has passed.
  const rate = 1_000_000 / (4 * 365 * 86_400);
  expect(await booked(second)).toBeGreaterThan(shown + rate * down * 0.5);
  expect(await booked(second)).toBeLessThan(shown + rate * (down + 30));
}, 120_000);

it('doctor says which figure is used and how to give a better one; once shows it', async () => {
  const doctor = async (config: string) => {
    const { stdout } = await runCommand(['doctor', '--json', config]);
    const { checks } = JSON.parse(stdout) as {
      checks: { name: string; status: string; why: string; fix: string }[];
    };
    return checks.find(({ name }) => name === 'embodied');
  };
  expect(await doctor(configured(OWN))).toMatchObject({
    status: 'ok',
    why: expect.stringMatching(/1,000 kg \(own, manufacturing: letter of the maker\), over 4.* years$/),
    fix: '',
  });
  expect(await doctor(configured('embodied: {enabled: false}\n'))).toMatchObject({ status: 'off' });
  const chosen = await doctor(configured(''));
  expect(['estimated', 'placeholder', 'missing', 'ok']).toContain(chosen?.status);
  if (chosen?.status !== 'ok') expect(chosen?.fix).toContain('embodied.');
  const once = await runCommand(['once', '--interval', '1s', configured(OWN + CURVE)]);
  expect(once.stdout).toMatch(/^ {2}embodied 0\.00\d+ g CO2e \(hardware over 4 y; own, stated\)$/m);
}, 60_000);
