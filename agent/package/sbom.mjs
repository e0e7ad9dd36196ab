// The software bill of materials of an installed agent (CycloneDX), by `npm sbom`: what npm writes that is not of the
// software itself (addresses, people, moment, random number, this folder) is taken out, so that the same
// sources give the same file. `npm run sbom` prints it.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { shippedPackages } from './shipped.mjs';
import { sourceDate } from './source-date.mjs';

export const sbom = (root) => {
  const text = execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { $schema, bomFormat, specVersion, version, metadata, components, dependencies } = JSON.parse(text);
  const shipped = new Set(shippedPackages(root).map(({ name, version }) => `${name}@${version}`));
  const own = metadata.component['bom-ref'];
  const of = (ref) => ref === own || shipped.has(ref);
  const parts = components.filter((one) => shipped.has(one['bom-ref'])).map(cleaned);
  const missing = [...shipped].filter((ref) => !parts.some((one) => one['bom-ref'] === ref));
  if (missing.length > 0) throw new Error(`npm sbom does not know ${missing.join(', ')}: run npm ci`);
  const bill = {
    metadata: {
      timestamp: new Date(sourceDate(root) * 1000).toISOString(),
      component: { ...cleaned(metadata.component), name: 'negawatt', type: 'application' },
    },
    components: [node(), ...parts],
    dependencies: dependencies
      .filter(({ ref }) => of(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(of) })),
  };
  return { $schema, bomFormat, specVersion, serialNumber: serial(JSON.stringify(bill)), version, ...bill };
};

const cleaned = ({ author, externalReferences, properties, scope, ...rest }) => rest;

const node = () => ({
  'bom-ref': `node@${process.versions.node}`,
  type: 'platform',
  name: 'node',
  version: process.versions.node,
  purl: `pkg:generic/node@${process.versions.node}`,
});

/** A UUID (version 8: of own making, RFC 9562) that follows from the content. */
const serial = (text) => {
  const hex = createHash('sha256').update(text).digest('hex');
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

if (import.meta.url === pathToFileURL(process.argv[1]).href)
  process.stdout.write(`${JSON.stringify(sbom(join(import.meta.dirname, '..', '..')), null, 2)}\n`);
