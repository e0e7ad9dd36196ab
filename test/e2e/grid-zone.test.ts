/** A zone that no table holds, and factor files that cannot be used, are told at once and with the way out. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freshDirectory, runCommand, startAgent } from '../fixtures/agent-process.ts';

let directory: ReturnType<typeof freshDirectory>;
beforeEach(() => {
  directory = freshDirectory();
});
afterEach(() => directory.remove());
const file = (name: string, text: string): string => {
  const path = join(directory.path, name);
  writeFileSync(path, text);
  return path;
};

const MARGINAL = 'config/factors/share-alike/marginal-ifi.json';

describe('an unknown zone', () => {
  it('fails the check of the configuration, with the place that set it and the codes that may be meant', async () => {
    const own = file('c.yaml', 'log: {level: warn}\ngrid: {zone: XX}\n');
    const example = file('e.yaml', 'grid:\n  example_zone: DEE\n');
    for (const [args, place] of [
      [['--grid.zone', 'DEE'], '--grid.zone: grid zone "DEE"'],
      [['--config.file', own], `${own}:2:14: grid zone "XX"`],
      [['--config.file', example], `${example}:2:17: grid zone "DEE"`],
    ] as const) {
      const { code, stdout, stderr } = await runCommand(['config', 'check', ...args]);
      expect(code).toBe(1);
      expect(stdout).toBe('');
      expect(stderr).toContain(`${place} is not among the`);
      expect(stderr).toContain('into a factor file of your own');
      if (place.includes('DEE')) expect(stderr).toContain('DE (Germany)');
      expect(stderr).not.toMatch(/\n\s+at /);
    }
  });

  it('is told together with all else that is wrong, unless what it rests on is wrong itself', async () => {
    const many = file(
      'm.yaml',
      'sampling: {interval: never}\nsources: {model: {curve_file: /nowhere.json}}\ngrid: {zone: XX, pue: 1}\n',
    );
    const { code, stderr } = await runCommand(['config', 'check', '--config.file', many]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/m\.yaml:1:22: sampling\.interval is "never"/);
    expect(stderr).toMatch(/m\.yaml:3:18: grid\.pue is no key/);
    expect(stderr).toMatch(/m\.yaml:2:31: .*nowhere\.json/);
    expect(stderr).toMatch(/m\.yaml:3:14: grid zone "XX" is not among/);
    // A factor file may hold the zone.
    const files = file(
      'f.yaml',
      'grid: {zone: XX, files: 5}\nsources: {model: {curve_file: /nowhere.json}}\n',
    );
    const { stdout } = await runCommand(['config', 'check', '--json', '--config.file', files]);
    expect((JSON.parse(stdout) as { problems: object[] }).problems).toEqual([
      { place: `${files}:1:25`, what: expect.stringContaining('grid.files is 5') },
      { place: `${files}:2:31`, what: expect.stringContaining('nowhere.json') },
    ]);
  });

  it('is told by the banner in place of a zone that was not set, and by doctor and once', async () => {
    const agent = await startAgent([`--state.dir=${join(directory.path, 's')}`, '--grid.zone=DEE']);
    try {
      expect(agent.output()).toMatch(
        /zone {5}grid zone "DEE" is not among .*; set grid\.zone to .*DE \(Germany\)/,
      );
      expect(agent.output()).not.toContain('not set');
    } finally {
      await agent.stop();
    }
    const { stdout } = await runCommand(['doctor', '--json', '--grid.zone=DEE']);
    const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string; fix: string }[] };
    expect(checks.find(({ name }) => name === 'grid zone')).toMatchObject({
      status: 'unknown',
      fix: expect.stringContaining('DE (Germany)'),
    });
    const once = await runCommand(['once', '--interval=1s', '--grid.zone=DEE']);
    expect(once.code).toBe(0);
    expect(once.stdout).toMatch(/CO2e +grid zone "DEE" is not among/);
  });
});

it('a zone without a factor for Scope 2 is known, a warning of the check and missing to doctor', async () => {
  const check = await runCommand(['config', 'check', '--grid.zone=US-CA']);
  expect(check.code).toBe(0);
  expect(check.stderr).toMatch(/^warning: only a state output rate is held for US-CA/);
  const { stdout } = await runCommand(['doctor', '--grid.zone=US-CA']);
  expect(stdout).toMatch(/grid zone +missing +only a state output rate/);
});

it('no zone is no problem of the configuration', async () => {
  const { code, stderr } = await runCommand(['config', 'check']);
  expect([code, stderr]).toEqual([0, '']);
});

describe('a factor file', () => {
  it.each([
    ['that is not there', undefined, /nothing\.yaml: cannot be read/],
    ['with a bad row', '- {zone: DE, value: many}\n', /own\.yaml:1: row 1 "DE": value is "many"/],
  ])('%s fails the check and the start, with a zone and without', async (_name, text, message) => {
    const path = text === undefined ? join(directory.path, 'nothing.yaml') : file('own.yaml', text);
    const config = file('c.yaml', `grid: {files: [${path}]}\n`);
    for (const command of [
      ['config', 'check'],
      ['once', '--interval=1s'],
    ])
      for (const zone of [[], ['--grid.zone=DE']]) {
        const { code, stderr } = await runCommand([...command, '--config.file', config, ...zone]);
        expect(code).toBe(1);
        expect(stderr).toMatch(message);
        expect(stderr).not.toMatch(/\n\s+at /);
      }
  });

  it('of marginal factors loads, and Scope 2 refuses what is in it', async () => {
    const config = file('c.yaml', `grid: {files: [${MARGINAL}]}\n`);
    const known = await runCommand(['doctor', '--config.file', config, '--grid.zone=DE']);
    expect(known.stdout).toMatch(/grid zone +ok +DE, [\d.]+ g\/kWh \(DE\/direct/);
    const only = await runCommand(['doctor', '--config.file', config, '--grid.zone=AD']);
    expect(only.stdout).toMatch(
      /grid zone +missing +only a marginal factor is held for AD .*every inventory refuses it/,
    );
  });
});
