import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cleanEnv, freshDirectory } from '../fixtures/agent-process.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Runs `npm run audit` against a registry that answers so. */
const audit = async (status: number, body: string) => {
  const server = createServer((request, response) => {
    request.resume();
    const head = { 'content-type': 'application/json' };
    // What versions there are is asked with GET, to find a fixed one: here nobody knows of any.
    if (request.method === 'GET') response.writeHead(404, head).end('{}');
    else response.writeHead(status, head).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const home = freshDirectory();
  const child = spawn(process.execPath, ['agent/package/audit.mjs'], {
    cwd: ROOT,
    env: cleanEnv({
      HOME: home.path,
      npm_config_registry: `http://127.0.0.1:${port}/`,
      npm_config_cache: home.path,
      npm_config_fetch_retries: '0',
    }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  server.closeAllConnections();
  server.close();
  home.remove();
  return { code, stdout, stderr };
};

describe('npm run audit', () => {
  it('says how many packages have no known weakness', async () => {
    const { code, stdout } = await audit(200, '{}');
    expect(stdout).toMatch(/^no known weakness in \d{2,} packages, \d{2,} of them shipped\n$/);
    expect(code).toBe(0);
  });

  it('tells a weakness of what is shipped from one of development', async () => {
    const advisory = (title: string) => [
      { id: 1, url: 'https://example.invalid/1', title, severity: 'high', vulnerable_versions: '*' },
    ];
    const { code, stdout, stderr } = await audit(
      200,
      JSON.stringify({ yaml: advisory('one'), 'fast-check': advisory('two') }),
    );
    expect(code).toBe(1);
    expect(stdout).toMatch(/^high yaml, shipped: one \(versions \*; /m);
    expect(stdout).toMatch(/^high fast-check, development alone: two/m);
    expect(stderr).toMatch(/^2 of \d+ packages have known weaknesses, 1 of them shipped/);
  });

  it.each([
    ['refuses the question', 405, '{"error": "not here"}'],
    ['answers something else', 200, '<html>log in</html>'],
  ])('a registry that %s is a miss of its own kind, never passed over', async (_, status, body) => {
    const { code, stdout, stderr } = await audit(status, body);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^NOT AUDITED: the registry did not answer the audit \(.+\)\. Nothing is known/m);
    expect(stdout).toBe('');
  });
});
