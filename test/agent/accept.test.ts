import { describe, expect, it } from 'vitest';
import { acceptsGzip, prefersOpenMetrics } from '../../agent/accept.ts';

const OPEN = 'application/openmetrics-text';

describe('OpenMetrics goes to a scraper', () => {
  it.each([
    [
      'of Prometheus 2',
      `${OPEN};version=1.0.0,${OPEN};version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`,
    ],
    [
      'of Prometheus 3',
      `${OPEN};version=1.0.0;escaping=allow-utf-8;q=0.5,${OPEN};version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1`,
    ],
    ['that takes nothing else', OPEN],
    ['that names the version in quotes', `${OPEN}; version="1.0.0"`],
    ['that names it beside all others', `*/*, ${OPEN}`],
    ['that puts it above text', `text/plain;q=0.4, ${OPEN};q=0.41`],
    ['whatever the letters', 'Application/OpenMetrics-Text; Version=1.0.0'],
  ])('%s', (_, accept) => {
    expect(prefersOpenMetrics(accept)).toBe(true);
  });
});

describe('text goes to a scraper', () => {
  it.each([
    ['that says nothing', undefined],
    ['that takes anything', '*/*'],
    ['that is a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
    ['that puts text above', `${OPEN};q=0.5,text/plain;q=0.9`],
    ['that takes both alike', `${OPEN},text/plain`],
    ['that wants no OpenMetrics', `${OPEN};q=0, */*`],
    ['that wants another version of it', `${OPEN};version=0.0.1, text/plain;q=0.1`],
    ['with a weight that is none', `${OPEN};q=most, text/plain;q=0.1`],
    ['that takes neither', 'application/json'],
    ['with a header of nonsense', ';;,,=;q'],
  ])('%s', (_, accept) => {
    expect(prefersOpenMetrics(accept)).toBe(false);
  });
});

it('gzip with a weight of 0 is refused, by name or by all', () => {
  expect(['gzip', 'br, *;q=0.1', 'gzip;q=0.001'].map(acceptsGzip)).toEqual([true, true, true]);
  expect([undefined, '', 'gzip;q=0', '*;q=0', 'gzip;q=0, *'].map(acceptsGzip)).toEqual(Array(5).fill(false));
});
