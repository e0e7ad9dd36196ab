// Bundles the agent into dist/: fewer files to open, a quarter less memory than the unbundled tree.
import { createHash } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const outdir = join(root, 'dist');

/** Hash of all that goes into the bundles: an agent knows by it a thread that was put in place after its own start. */
const hashOfSources = () => {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  for (const folder of ['agent', 'src']) {
    for (const name of readdirSync(join(root, folder), { recursive: true }).sort()) {
      if (/\.(ts|mjs)$/.test(name)) hash.update(name).update(readFileSync(join(root, folder, name)));
    }
  }
  return hash.digest('hex').slice(0, 16);
};

/** node-cron with dates in UTC alone: see utc-format.ts. */
const utcForCron = {
  name: 'utc-for-node-cron',
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/]node-cron[\\/]dist[\\/].*\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8')
        .replaceAll('new Intl.DateTimeFormat(', 'new UtcFormat(')
        // The same in every zone, but this one does not look up which zone it is.
        .replaceAll('.setMilliseconds(', '.setUTCMilliseconds(');
      const from = JSON.stringify(join(root, 'agent', 'package', 'utc-format.ts'));
      return { contents: `import { UtcFormat } from ${from};\n${source}`, loader: 'js' };
    }),
};

/**
 * libsql with a way of its own to tell which C library there is: its loader takes a whole report of the process for
 * that, native stacks included, which costs 2 MB of a resident agent.
 */
const libsqlWithoutReport = {
  name: 'libsql-without-report',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^@neon-rs\/load$/ }, ({ path, resolveDir }) => ({
      path,
      namespace: 'loader',
      pluginData: resolveDir,
    }));
    onLoad({ filter: /.*/, namespace: 'loader' }, ({ pluginData }) => ({
      resolveDir: pluginData,
      contents: `
        const { familySync, MUSL } = require('detect-libc');
        const { platform, arch } = process;
        const linux = () => arch === 'arm' ? 'gnueabihf' : familySync() === MUSL ? 'musl' : 'gnu';
        exports.currentTarget = () =>
          platform === 'linux' ? 'linux-' + arch + '-' + linux()
          : platform === 'win32' ? 'win32-' + arch + '-msvc' : platform + '-' + arch;`,
    }));
  },
};

const options = {
  absWorkingDir: root,
  outdir,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  mainFields: ['module', 'main'],
  minify: true,
  legalComments: 'none',
  // Native binaries cannot be bundled: they are looked up in node_modules when the store is opened, or the GPU driver.
  external: ['@libsql/*', 'koffi'],
  define: {
    NEGAWATT_VERSION: JSON.stringify(version),
    NEGAWATT_BUILD: JSON.stringify(hashOfSources()),
  },
  // CommonJS packages inside an ES module still ask for `require`.
  banner: {
    js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);',
  },
  plugins: [utcForCron, libsqlWithoutReport],
  metafile: true,
  logLevel: 'warning',
};
const agent = await build({
  ...options,
  entryPoints: [
    { in: 'agent/main.ts', out: 'negawatt' },
    { in: 'agent/docs.ts', out: 'docs' },
    { in: 'agent/hardware.ts', out: 'hardware' },
    { in: 'agent/burner-thread.ts', out: 'burner-thread' },
    // A thread of its own, started only where there is an NVIDIA driver.
    { in: 'src/sources/nvml-worker.ts', out: 'nvml-worker' },
  ],
  splitting: true,
  // Beside the entry, so that `../config` is the same from every file.
  chunkNames: 'chunk-[name]-[hash]',
});
// Every start waits for this thread, and it shares no memory with the agent: one file is loaded faster than many.
const thread = await build({
  ...options,
  entryPoints: [{ in: 'src/reading-thread.ts', out: 'reading-thread' }],
});
// So is the one that evaluates measures, started once an hour where there are any.
const evaluating = await build({
  ...options,
  entryPoints: [{ in: 'src/evaluating-thread.ts', out: 'evaluating-thread' }],
});
const outputs = { ...agent.metafile.outputs, ...thread.metafile.outputs, ...evaluating.metafile.outputs };
// Messages of zod in forty languages are 260 KB of source that every agent would hold. They come with any use of a
// whole namespace of it (`z.core.X` as a value), however small.
const languages = Object.values(outputs)
  .flatMap(({ inputs }) => Object.entries(inputs))
  .filter(([input]) => input.includes('/zod/v4/locales/'))
  .reduce((bytes, [, { bytesInOutput }]) => bytes + bytesInOutput, 0);
if (languages > 10_000)
  throw new Error(
    `zod's languages are in the bundle (${languages} bytes): find who uses a namespace of z as a value`,
  );
// The schemas and what checks by them are 5 MB of memory: what `negawatt run` loads has neither, but for parts that only
// some configurations ask for, behind a dynamic import. See src/reading.ts.
const loadedWith = (name, seen = new Set()) => {
  if (seen.has(name) || outputs[name] === undefined) return seen;
  seen.add(name);
  for (const { path, kind } of outputs[name].imports) if (kind === 'import-statement') loadedWith(path, seen);
  return seen;
};
for (const entry of ['agent/main.ts', 'agent/serve.ts']) {
  const [name] = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === entry) ?? [];
  if (name === undefined) throw new Error(`${entry} is no entry of the bundle any more: name what run loads`);
  const holder = [...loadedWith(name)].find((one) =>
    Object.keys(outputs[one].inputs).some((input) => input.includes('node_modules/zod/')),
  );
  if (holder !== undefined)
    throw new Error(
      `${entry} loads zod (in ${holder}): import its type alone, load it when it is asked for, or read apart (src/reading.ts)`,
    );
  const planner = [...loadedWith(name)].find((one) =>
    Object.keys(outputs[one].inputs).some((input) => input.startsWith('src/savings/')),
  );
  if (planner !== undefined)
    throw new Error(
      `${entry} loads the savings (in ${planner}): most agents have no measure; take them from openPlans() of the index`,
    );
}
// Chunks carry a hash in their names; those of an earlier build go. An agent that runs keeps what it has loaded.
const made = new Set(Object.keys(outputs).map((path) => basename(path)));
for (const name of readdirSync(outdir)) {
  if (!made.has(name)) rmSync(join(outdir, name), { recursive: true, force: true });
}
const entry = join(outdir, 'negawatt.js');
chmodSync(entry, 0o755);
