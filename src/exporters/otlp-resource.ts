import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Who sends, as attributes of the OpenTelemetry resource. */
export type OtlpResource = Readonly<Record<string, string>>;

export interface ResourceOptions {
  /** Root of the host's files. */
  readonly rootfs: string;
  readonly hostName: string;
  readonly version: string;
}

/** machine-id(5): 32 digits in small letters; others are written while an image is made (`uninitialized`). */
const MACHINE_ID = /^[0-9a-f]{32}$/;

/** Namespace for `service.instance.id` in the semantic conventions (docs/resource/service.md). */
const INSTANCES = '4d63009a-8d0f-11ee-aad7-4c796ed8e320';

/**
 * The resource: it stays the same over restarts and upgrades of the agent, but for its version.
 *
 * `host.id` is the machine id as it is: the conventions ask for it, so that whoever else observes this host comes to the
 * same. The instance is made of it, one way; of the host's name where there is no machine id.
 */
export const otlpResource = async ({ rootfs, hostName, version }: ResourceOptions): Promise<OtlpResource> => {
  const id = await machineId(rootfs);
  return {
    'service.name': 'negawatt',
    'service.instance.id': uuidOf(INSTANCES, id ?? hostName),
    'service.version': version,
    'host.name': hostName,
    ...(id === undefined ? {} : { 'host.id': id }),
  };
};

const machineId = async (rootfs: string): Promise<string | undefined> => {
  for (const path of ['etc/machine-id', 'var/lib/dbus/machine-id']) {
    try {
      const text = (await readFile(join(rootfs, path), 'latin1')).trim();
      if (MACHINE_ID.test(text)) return text;
    } catch {
      // The next place, or none.
    }
  }
  return undefined;
};

/** A UUID made of a name in a namespace: version 5 (RFC 9562, section 5.5). */
const uuidOf = (namespace: string, name: string): string => {
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
};
