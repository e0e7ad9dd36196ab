import { describe, expect, it } from 'vitest';
import { createLog } from '../../agent/log.ts';

const lines = (
  format: 'logfmt' | 'json',
  example?: string,
): { readonly out: string[]; readonly log: ReturnType<typeof createLog> } => {
  const out: string[] = [];
  return { out, log: createLog({ level: 'info', format, example, write: (line) => out.push(line) }) };
};

describe('the log', () => {
  it('is one logfmt line an event, with values quoted where they need it', () => {
    const { out, log } = lines('logfmt');
    log.warn({ source: 'rapl', fix: 'say "please"\nonce' }, 'energy_uj cannot be read');
    expect(out).toHaveLength(1);
    expect(out[0]).toMatch(
      /^time=\S+ level=warn msg="energy_uj cannot be read" source=rapl fix="say \\"please\\"\\nonce"\n$/,
    );
  });

  it('says EXAMPLE ZONE on every line while an example is in force', () => {
    for (const format of ['logfmt', 'json'] as const) {
      const { out, log } = lines(format, 'EXAMPLE ZONE DE');
      log.info('one');
      log.error({ a: 1 }, 'two');
      expect(out.every((line) => line.includes('EXAMPLE ZONE DE'))).toBe(true);
    }
  });

  it('leaves out what lies below its level', () => {
    const { out, log } = lines('json');
    log.debug('hidden');
    expect(out).toEqual([]);
  });
});
