// Draws the dashboards with Grafana's own chart components, says what is wrong with how they look, and leaves pictures:
//
//   npm run look -- [--past DIR] [--out DIR] [--mode light|dark|empty] [--width PIXELS] [BOARD...]
//   npm run look -- --prometheus URL [--to UNIX-TIME] [--scrape SECONDS] [--measure NAME] ...
//
// BOARD: as the end of its uid, such as fleet. --past DIR: the past of the simulated fleet is kept there and used again.
// --prometheus: an engine that is there, as each dashboard asks it when it is opened.
// Its packages are not those of the project: `npm ci --prefix test/look` installs them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
// Inside node_modules, where playwright-core is found; one folder a run.
const made = join(root, 'node_modules', '.negawatt-look', String(process.pid));
const components = join(here, 'node_modules', '@grafana', 'ui', 'dist');

if (!existsSync(components)) {
  console.error("Grafana's chart components are not installed (450 MB): npm ci --prefix test/look");
  process.exit(1);
}
try {
  mkdirSync(made, { recursive: true });
  await Promise.all([
    build({
      ...{
        absWorkingDir: here,
        entryPoints: ['page/main.tsx'],
        outfile: join(made, 'page.js'),
        bundle: true,
      },
      ...{ format: 'iife', target: 'chrome120', jsx: 'automatic', logLevel: 'warning' },
      define: { 'process.env.NODE_ENV': '"production"' },
      // The table of Grafana 12.2 and later: it is in the package, and the package does not name it.
      alias: {
        '@grafana/ui/table-ng': join(components, 'esm', 'components', 'Table', 'TableNG', 'TableNG.mjs'),
      },
      // The editor of queries, which no panel shows.
      external: ['monaco-editor'],
    }),
    build({
      ...{ absWorkingDir: root, entryPoints: [join(here, 'main.ts')], outfile: join(made, 'main.mjs') },
      ...{ bundle: true, format: 'esm', platform: 'node', target: 'node20.19', logLevel: 'warning' },
      mainFields: ['module', 'main'],
      external: ['playwright-core', 'axe-core'],
      banner: {
        js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);',
      },
    }),
  ]);
  const { status } = spawnSync(process.execPath, [join(made, 'main.mjs'), here, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(made, { recursive: true, force: true });
}
