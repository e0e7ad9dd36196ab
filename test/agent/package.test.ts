import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDirectory } from '../fixtures/agent-process.ts';
import { PACKED_AT, pack } from '../fixtures/packed.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const directory = freshDirectory();
let archive: string;
let tree: string;

beforeAll(() => {
  const out = join(directory.path, 'out');
  mkdirSync(out);
  archive = pack(out);
  execFileSync('tar', ['-xzf', archive, '-C', directory.path]);
  tree = join(directory.path, readdirSync(directory.path).find((name) => name.startsWith('negawatt-')) ?? '');
});
afterAll(() => directory.remove());

const read = (path: string): string => readFileSync(join(tree, path), 'utf8');

describe('the package', () => {
  it('is the same, byte for byte, when it is packed again elsewhere, later and by others', {
    timeout: 60_000,
  }, () => {
    const other = join(directory.path, 'other');
    mkdirSync(join(other, 'tmp'), { recursive: true });
    const mask = process.umask(0o077);
    const again = pack(other, { TZ: 'Asia/Tokyo', LC_ALL: 'C.UTF-8', TMPDIR: join(other, 'tmp') });
    process.umask(mask);
    expect(readFileSync(again).equals(readFileSync(archive))).toBe(true);
    expect(readdirSync(join(other, 'tmp'))).toEqual([]);
  });

  it('has files of nobody in particular, in order, all of one time', () => {
    const lines = execFileSync('tar', ['--numeric-owner', '--full-time', '-tvzf', archive], {
      encoding: 'utf8',
      env: { TZ: 'UTC', PATH: process.env.PATH },
    })
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/));
    const when = new Date(PACKED_AT * 1000).toISOString();
    expect(new Set(lines.map(([, owner, , day, time]) => `${owner} ${day} ${time}`))).toEqual(
      new Set([`0/0 ${when.slice(0, 10)} ${when.slice(11, 19)}`]),
    );
    expect(new Set(lines.map(([mode]) => mode))).toEqual(new Set(['drwxr-xr-x', '-rwxr-xr-x', '-rw-r--r--']));
    const names = lines.map((line) => line[5] ?? '').filter((name) => /\/(bin|dist)\/\w/.test(name));
    expect(names).toEqual([...names].sort());
  });

  it('tells of each file whether it is as it was packed', () => {
    expect(spawnSync('sha256sum', ['-c', '--quiet', 'SHA256SUMS'], { cwd: tree }).status).toBe(0);
    const sums = readFileSync(join(archive, '..', 'SHA256SUMS'), 'utf8');
    expect(sums).toMatch(/^[0-9a-f]{64} {2}negawatt-[\d.]+-linux-\w+\.tar\.gz\n$/);
    expect(spawnSync('sha256sum', ['-c', '--quiet', 'SHA256SUMS'], { cwd: join(archive, '..') }).status).toBe(
      0,
    );
  });

  it('runs by itself: its own Node, the store, and the library that calls drivers', () => {
    const run = (...args: string[]) =>
      execFileSync(join(tree, 'bin/node'), args, { cwd: tree, encoding: 'utf8', env: {} }).trim();
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(run('dist/negawatt.js', '--version')).toBe(version);
    const script =
      'const { createRequire } = await import("node:module"); const require = createRequire(process.cwd() + "/dist/");' +
      'const { load } = await import("koffi"); const { libc } = { libc: load(null) };' +
      `const db = require("@libsql/linux-${process.arch}-gnu");` +
      'console.log(libc.func("int getpid()")() === process.pid, typeof db.databaseOpen)';
    expect(run('--input-type=module', '-e', script)).toBe('true function');
  });

  it('holds native code of this platform alone, and no source or tool of the project', () => {
    const files = execFileSync('find', ['.', '-type', 'f'], { cwd: tree, encoding: 'utf8' })
      .trim()
      .split('\n');
    expect(files.filter((name) => name.endsWith('.node'))).toHaveLength(2);
    expect(files.filter((name) => /\.(ts|mjs|map|cc|hh)$|musl|dist\/docs\.js/.test(name))).toEqual([]);
  });

  it('starts the service with the very flags of npm start, and other commands without', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: { start: string };
    };
    const [run = '', other = ''] = read('bin/negawatt')
      .split('\n')
      .filter((line) => line.includes('exec'));
    const flags = /bin\/node (.*) \/usr\/lib/.exec(run)?.[1] ?? '';
    expect(flags.split(' ').length).toBeGreaterThan(5);
    expect(scripts.start).toContain(` node ${flags} dist/negawatt.js run `);
    expect(other).toMatch(
      /\*\) exec \/usr\/lib\/negawatt\/bin\/node \/usr\/lib\/negawatt\/dist\/negawatt\.js "\$@"/,
    );
  });

  it('lists all that it contains, without an address that it was loaded from', () => {
    const text = read('sbom.cdx.json');
    const bill = JSON.parse(text) as {
      bomFormat: string;
      components: { name: string; version: string; purl: string }[];
    };
    expect(bill.bomFormat).toBe('CycloneDX');
    const names = bill.components.map(({ name }) => name);
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    expect(names).toEqual(expect.arrayContaining(['node', ...Object.keys(dependencies)]));
    expect(names).not.toContain('vitest');
    expect(text.replace(/"\$schema": "[^"]+"/, '')).not.toMatch(/https?:|file:|\/tmp|\.tgz/);
    for (const { name, version } of bill.components) {
      expect(read('licences.txt')).toMatch(new RegExp(`^${name} ${version}: \\S`, 'm'));
      expect(read('NOTICE')).toContain(`${name} ${version} (`);
    }
    // Of Node's own parts too, and the whole text of each.
    expect(read('NOTICE')).toMatch(/OpenSSL/);
    expect(read('NOTICE').match(/Permission is hereby granted/g)?.length).toBeGreaterThan(15);
    expect(existsSync(join(tree, 'LICENSE'))).toBe(true);
  });
});
