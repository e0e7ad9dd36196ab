// Asks npm's registry for known weaknesses of what an installed agent contains. `npm run audit`.
// Exit status: 0 none known, 1 there are some, 2 the registry could not be asked: nothing is known then.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { shippedPackages } from './shipped.mjs';

const root = join(import.meta.dirname, '..', '..');
const say = (status, text) => {
  process.stderr.write(`${text}\n`);
  process.exit(status);
};

const { stdout, stderr, error } = spawnSync('npm', ['audit', '--json', ...process.argv.slice(2)], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
  // A registry that is away is to be told of in seconds.
  env: {
    npm_config_fetch_retries: '1',
    npm_config_fetch_retry_mintimeout: '1000',
    npm_config_fetch_timeout: '30000',
    ...process.env,
  },
});

let report;
try {
  report = JSON.parse(stdout);
} catch {
  report = undefined;
}
// Without these two it is no report, whatever the exit status of npm says.
if (report?.vulnerabilities === undefined || report.metadata === undefined) {
  const why = report?.message ?? report?.error?.summary ?? error?.message ?? stderr.trim().split('\n')[0];
  say(
    2,
    `NOT AUDITED: the registry did not answer the audit (${why || 'no report'}). Nothing is known; ask again before a release.`,
  );
}
const shipped = new Set(shippedPackages(root).map(({ name }) => name));
// npm lists whatever depends on a weak package too; only the packages that are weak themselves are counted here.
const found = Object.values(report.vulnerabilities)
  .map(({ name, severity, via }) => ({ name, severity, told: via.filter((one) => typeof one === 'object') }))
  .filter(({ told }) => told.length > 0);
for (const { name, severity, told } of found) {
  const where = shipped.has(name) ? 'shipped' : 'development alone';
  const what = told.map(({ title, range, url }) => `${title} (versions ${range}; ${url})`).join('; ');
  process.stdout.write(`${severity} ${name}, ${where}: ${what}\n`);
}
const asked = report.metadata.dependencies?.total ?? 0;
if (asked === 0) say(2, 'NOT AUDITED: npm audited no package. Run npm ci, then ask again.');
if (found.length > 0) {
  const inside = found.filter(({ name }) => shipped.has(name)).length;
  say(1, `${found.length} of ${asked} packages have known weaknesses, ${inside} of them shipped.`);
}
process.stdout.write(`no known weakness in ${asked} packages, ${shipped.size} of them shipped\n`);
