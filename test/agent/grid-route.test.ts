import { afterEach, expect, it } from 'vitest';
import type { HttpServer } from '../../agent/http.ts';
import { createGridRefresh, type GridRefresh } from '../../src/grid/refresh.ts';
import { gridDocument } from '../../src/grid/serve.ts';
import { answer, HOUR, NOON, reading, scripted } from '../fixtures/grid-provider.ts';
import { ask, serve } from '../fixtures/http.ts';

let server: HttpServer | undefined;
let refresh: GridRefresh | undefined;
afterEach(async () => {
  await server?.close();
  refresh?.close();
});

it('grid data is served with what a cache needs, and never causes a question to a provider', async () => {
  const provider = scripted(() => answer(reading(NOON - HOUR, 300)));
  const current = createGridRefresh({ entries: [{ id: 'a', provider }], host: 'n', wall: () => NOON });
  refresh = current;
  await current.ask();
  const served = await serve({ grid: () => gridDocument(current.latest(), NOON) });
  server = served.server;
  const first = await ask(served.server, '/api/v1/grid');
  expect(first.status).toBe(200);
  expect(first.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(first.headers['cache-control']).toMatch(/^max-age=\d+$/);
  expect(JSON.parse(first.text)).toEqual(
    JSON.parse(JSON.stringify(gridDocument(current.latest(), NOON).json)),
  );
  const again = await ask(served.server, '/api/v1/grid', {
    headers: { 'if-none-match': String(first.headers.etag) },
  });
  expect([again.status, again.text]).toEqual([304, '']);
  expect(provider.asked).toHaveLength(1);
});

it('an agent without providers has no grid data to give', async () => {
  const served = await serve();
  server = served.server;
  expect((await ask(served.server, '/api/v1/grid')).status).toBe(404);
});
