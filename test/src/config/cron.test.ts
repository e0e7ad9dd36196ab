import fc from 'fast-check';
import { validate } from 'node-cron';
import { describe, expect, it } from 'vitest';
import { isCron } from '../../../src/config/cron.ts';
import { loadConfig } from '../../../src/config/load.ts';

describe('a schedule', () => {
  it.each(['20 * * * *', '*/15 0-6,12 1 1,7 0-7', '0 0 31 12 7'])('%s is taken', (text) => {
    expect([isCron(text), validate(text)]).toEqual([true, true]);
  });

  it.each([
    '',
    '* * * *',
    '* * * * * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '* * * 13 *',
    '* * * * 8',
    '9-5 * * * *',
    '5/10 * * * *',
    '*/0 * * * *',
    '@hourly',
    '20  * * * *',
    'a * * * *',
  ])('%j is none', (text) => {
    expect(isCron(text)).toBe(false);
  });

  it('that is taken is one that node-cron takes: it would end the agent at its start else', () => {
    const number = fc.integer({ min: 0, max: 70 }).map(String);
    const range = fc.tuple(number, number).map((two) => two.join('-'));
    const step = fc.tuple(fc.oneof(fc.constant('*'), range, number), number).map((two) => two.join('/'));
    const part = fc.oneof(fc.constant('*'), number, range, step);
    const field = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(','));
    const text = fc.array(field, { minLength: 5, maxLength: 5 }).map((fields) => fields.join(' '));
    fc.assert(fc.property(text, (one) => !isCron(one) || validate(one)));
    fc.assert(fc.property(field, (one) => !isCron(`${one} * * * *`) || validate(`${one} * * * *`)));
  });

  it('that is none is refused by the configuration, with what is expected', async () => {
    const loaded = await loadConfig({ env: { NEGAWATT_SAVINGS_SCHEDULE: 'hourly' } });
    expect(loaded.ok ? '' : loaded.problems[0]?.what).toMatch(/five fields of numbers/);
  });
});
