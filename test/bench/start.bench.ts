/** From exec to the first metrics, beside a bare Node that answers one request. */
import { spawn } from 'node:child_process';
import { scrape, startAgent } from './agent-process.ts';
import { median, note, QUICK, startFlags } from './measure.ts';
import { give } from './row.ts';

const STARTS = QUICK ? 5 : 20;
const BUDGET_MS = 400;
const BARE = `require('node:http').createServer((_, r) => r.end('ok'))
  .listen(0, '127.0.0.1', function () { console.log('http://127.0.0.1:' + this.address().port + '/metrics') })`;

const bareStart = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(process.execPath, [...startFlags(), '-e', BARE], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.once('error', reject);
    child.stdout.once('data', (chunk: Buffer) => {
      scrape(chunk.toString().trim()).then(() => {
        const took = performance.now() - began;
        child.once('exit', () => resolve(took));
        child.kill('SIGKILL');
      }, reject);
    });
  });

const agentStart = async (): Promise<number> => {
  const began = performance.now();
  const agent = await startAgent();
  await scrape(agent.url);
  const took = performance.now() - began;
  await agent.stop();
  return took;
};

const ours: number[] = [];
const bare: number[] = [];
for (let i = 0; i < STARTS; i++) {
  bare.push(await bareStart());
  ours.push(await agentStart());
}
note(`agent ${ours.map(Math.round).join(' ')} ms; bare Node ${bare.map(Math.round).join(' ')} ms`);
const took = median(ours);
give({
  what: 'start: exec to first 200 on /metrics',
  ours: `${Math.round(took)} ms`,
  reference: `${Math.round(median(bare))} ms (bare Node with an HTTP server)`,
  ratio: took / median(bare),
  budget: `<= ${BUDGET_MS} ms`,
  met: took <= BUDGET_MS,
  how: `median of ${STARTS} starts in turn, new state directory each, warm page cache`,
});
process.exit();
