// Bundles the benchmarks, runs those that are named, all of them by default, and prints what they measured:
//
//   node test/bench/run.mjs [--quick] [--save] [NAME...]
//
// Needs dist/, which `npm run bench` builds first. --save writes RESULTS.md, of named ones their rows alone; nothing else is left behind.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
// Inside node_modules, where native packages are found; one folder a run.
const made = join(root, 'node_modules', '.negawatt-bench', String(process.pid));

const scripts = readdirSync(here).filter((name) => name.endsWith('.bench.ts'));
try {
  mkdirSync(made, { recursive: true });
  // A copy: another build while the agent runs would take away what it has yet to load.
  for (const folder of ['dist', 'config'])
    cpSync(join(root, folder), join(made, folder), { recursive: true });
  symlinkSync(join(root, 'package.json'), join(made, 'package.json'));
  await build({
    absWorkingDir: root,
    entryPoints: [...scripts, 'main.ts', 'parts.ts'].map((name) => ({
      in: join(here, name),
      out: name.replace(/\.ts$/, ''),
    })),
    outdir: made,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    mainFields: ['module', 'main'],
    external: ['libsql', 'koffi', 'playwright-core'],
    define: { NEGAWATT_VERSION: '"bench"' },
    banner: {
      js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);',
    },
    logLevel: 'warning',
  });
  const names = scripts.map((name) => name.replace(/\.bench\.ts$/, '')).join(',');
  const { status } = spawnSync(
    process.execPath,
    [join(made, 'main.mjs'), here, names, ...process.argv.slice(2)],
    {
      stdio: 'inherit',
    },
  );
  process.exitCode = status ?? 1;
} finally {
  rmSync(made, { recursive: true, force: true });
}
