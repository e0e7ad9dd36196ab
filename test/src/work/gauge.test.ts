/** A PUE that an exporter of the building measures: real server, real text. */
import { afterEach, expect, it } from 'vitest';
import { openFactors } from '../../../src/factors.ts';
import { ratio, seconds } from '../../../src/units.ts';
import { openGauge } from '../../../src/work/gauge.ts';
import { type JsonServer, type Reply, serveJson } from '../../fixtures/json-server.ts';

const clean: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of clean.splice(0).reverse()) await step();
});
const text =
  (body: string, type = 'text/plain; version=0.0.4'): Reply =>
  (_, response) => {
    response.writeHead(200, { 'content-type': type });
    response.end(body);
  };
const BODY =
  '# TYPE site_pue_ratio gauge\nsite_pue_ratio{hall="1"} 1.31\nsite_pue_ratio{hall="2"} 1.5\nother 7\n';

const gaugeOf = async (reply: Reply, labels: Record<string, string> = { hall: '1' }) => {
  const server: JsonServer = await serveJson({ '/metrics': reply });
  clean.push(() => server.close());
  const told: (string | undefined)[] = [];
  let now = 0;
  const gauge = openGauge(
    { url: `${server.url}/metrics`, metric: 'site_pue_ratio', labels, interval: seconds(60) },
    (value) => (value >= 1 ? undefined : `a PUE of ${value} cannot be`),
    (trouble) => told.push(trouble?.reason),
    () => now,
  );
  clean.push(() => gauge.close());
  await gauge.refresh();
  return {
    ...{ gauge, told, server },
    pass: (by: number) => {
      now += by;
    },
  };
};

it('is the value of the one series that fits', async () => {
  const { gauge, told } = await gaugeOf(text(BODY));
  expect(gauge.value()).toBe(1.31);
  expect(told).toEqual([]);
});

it('holds for ten intervals while the endpoint is away, then for none; trouble is told once, and its end', async () => {
  const { gauge, told, server, pass } = await gaugeOf(text(BODY));
  delete server.replies['/metrics'];
  pass(600);
  await gauge.refresh();
  await gauge.refresh();
  expect(gauge.value()).toBe(1.31);
  pass(1);
  expect(gauge.value()).toBeUndefined();
  server.replies['/metrics'] = text(BODY);
  await gauge.refresh();
  expect(gauge.value()).toBe(1.31);
  expect(told).toEqual([expect.stringMatching(/status 404/), undefined]);
});

it.each([
  ['two series that fit', text(BODY), {}, /2 series of site_pue_ratio fit, one is needed/],
  ['none that fits', text(BODY), { hall: '9' }, /no series of site_pue_ratio fits/],
  ['a value that cannot be', text('site_pue_ratio 0.9\n'), {}, /a PUE of 0.9 cannot be/],
  ['a page for people', text('<html>', 'text/html'), {}, /text\/html/],
  ['no metrics at all', text('hello, this is no metric\n'), {}, /no text of metrics/],
] as const)('%s give no value, and why', async (_, reply, labels, why) => {
  const { gauge, told } = await gaugeOf(reply, labels);
  expect(gauge.value()).toBeUndefined();
  expect(told).toEqual([expect.stringMatching(why)]);
});

it('goes before a constant while it is there', async () => {
  let now: number | undefined = 1.31;
  const carbonAt = await openFactors({
    ...{ directory: '/none', userFiles: [], zone: undefined, example: false },
    ...{ location: undefined, market: undefined, pue: ratio(1.6) },
    pueNow: () => now,
  });
  expect(carbonAt(1000).pue).toBe(1.31);
  now = 1.4;
  expect(carbonAt(1000).pue).toBe(1.4);
  now = undefined;
  expect(carbonAt(1000).pue).toBe(1.6);
});
