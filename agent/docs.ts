import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { METRIC_NAMES, metricOf, openConfiguration } from '../src/index.ts';
import { createProgram } from './commands/index.ts';

/** Writes what is derived from the code, or with `--check` says what is out of date. */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const { annotatedDefaults, jsonSchema } = await openConfiguration();

const cell = (text: string): string => text.replaceAll('|', '\\|');

const metricTable = (): string => {
  const rows = [...METRIC_NAMES].sort().map((name) => {
    const { kind, unit, labels, help, ...more } = metricOf(name);
    const names = [...labels, ...(more.open === true ? ['...'] : [])]
      .map((label) => `\`${label}\``)
      .join(', ');
    const notes = [
      ...(more.persisted === true ? ['kept over restarts'] : []),
      ...(more.optIn === undefined ? [] : [`opt-in: \`${more.optIn}\``]),
    ].join('; ');
    return `| \`${name}\` | ${kind} | ${cell(unit)} | ${names} | ${cell(help)}${notes === '' ? '' : ` (${notes})`} |`;
  });
  return [
    '# Metrics',
    '',
    'Generated from `src/metrics.ts` by `npm run docs`: do not edit. Names, labels and units are a public contract;',
    'a renamed metric is marked in CHANGELOG.md.',
    '',
    '| Metric | Kind | Unit | Labels | Meaning |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
};

const commands = (): string => {
  const sections = createProgram()
    .help()
    .map(({ name, text }) => `## ${name}\n\n\`\`\`\n${text.trimEnd()}\n\`\`\`\n`);
  return [
    '# Commands',
    '',
    'Generated from `agent/commands/` by `npm run docs`: do not edit.',
    '',
    ...sections,
  ].join('\n');
};

const FILES: Readonly<Record<string, () => string>> = {
  'src/METRICS.md': metricTable,
  'agent/COMMANDS.md': commands,
  'config/negawatt.yaml': annotatedDefaults,
  'config/negawatt.schema.json': jsonSchema,
};

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

const stale: string[] = [];
for (const [name, text] of Object.entries(FILES)) {
  const path = join(ROOT, name);
  const wanted = text();
  if (read(path) === wanted) continue;
  stale.push(name);
  if (process.argv.includes('--check')) continue;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, wanted);
}
if (stale.length > 0) {
  const isCheck = process.argv.includes('--check');
  process.stdout.write(`${isCheck ? 'out of date, run `npm run docs`' : 'written'}: ${stale.join(', ')}\n`);
  if (isCheck) process.exitCode = 1;
}
