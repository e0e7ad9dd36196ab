// Writes dashboards/out; with --check says what differs from it and fails.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, 'out');
const made = join(here, '..', 'node_modules', '.negawatt-dashboards', `${process.pid}.mjs`);

/** Paths of all files below a folder; none where it is not there. */
const filesIn = (folder) => {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1));
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
};

try {
  await build({
    ...{
      entryPoints: [join(here, 'outputs.ts')],
      outfile: made,
      bundle: true,
      format: 'esm',
      platform: 'node',
    },
    banner: {
      js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);',
    },
    logLevel: 'warning',
  });
  const { outputs } = await import(pathToFileURL(made).href);
  const files = outputs();
  const old = filesIn(out).filter((path) => !files.has(path));
  if (process.argv.includes('--check')) {
    const textOf = (path) => {
      try {
        return readFileSync(join(out, path), 'utf8');
      } catch {
        return undefined;
      }
    };
    const wrong = [...files].filter(([path, text]) => textOf(path) !== text).map(([path]) => path);
    for (const path of [...wrong, ...old])
      console.error(`dashboards/out/${path} is not what dashboards/ makes`);
    if (wrong.length + old.length > 0) {
      console.error('Run `npm run dashboards` and commit what it writes.');
      process.exitCode = 1;
    }
  } else {
    for (const path of old) rmSync(join(out, path));
    for (const [path, text] of files) {
      mkdirSync(dirname(join(out, path)), { recursive: true });
      writeFileSync(join(out, path), text);
    }
    console.log(`${files.size} files in dashboards/out`);
  }
} finally {
  rmSync(made, { force: true });
}
