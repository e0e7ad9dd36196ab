import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkloadFacts } from '../model/facts.ts';
import { absent, found } from '../model/found.ts';
import type { Source } from '../model/source.ts';
import type { SourceError } from '../model/source-error.ts';
import { seconds } from '../units.ts';
import type { FactsDesk } from './facts.ts';
import { errnoOf, failedRead } from './failure.ts';
import { type Domain, domainIn } from './names-domain.ts';
import { readBounded } from './names-file.ts';
import type { Nameless } from './names-groups.ts';
import { type Answer, NameRounds } from './names-rounds.ts';

/** Status of the machines that run: the number in a group's name is in it. Root's alone. */
const RUNNING = 'run/libvirt/qemu';
/** Definitions, by name: what is left where the status may not be read. */
const DEFINED = 'etc/libvirt/qemu';
/** Some 20 KiB; with many disks and snapshots some 100. */
const LARGEST = 2 * 2 ** 20;
const MOST_MACHINES = 1024;
/** Processors are plugged in and out while a machine runs. */
const INTERVAL = seconds(300);
/** Number and name in the path of a machine's group, with and without systemd (libvirt, virDomainDriverGenerateMachineName). */
const MACHINE = /\/(?:machine-qemu\\x2d(\d+)\\x2d[^/]+\.scope|machine\/qemu-(\d+)-[^/]+\.libvirt-qemu)$/;
const FIX =
  'Run negawatt as root, or with AmbientCapabilities=CAP_DAC_READ_SEARCH; in a container mount /run of the host below ' +
  'path.rootfs. With --no-source.libvirt machines have the names of their control groups.';

/** Names of virtual machines as their operator gave them: libvirt leaves out of a group's name what a host name may not have. */
export const libvirtSource = (desk: FactsDesk): Source => ({
  name: 'libvirt',
  summary: "names, UUIDs and virtual processors of machines, from libvirt's files",
  rare: true,
  open: async ({ rootfs }, clock) => {
    const folders = [RUNNING, DEFINED].map((path) => join(rootfs, path));
    const there = await Promise.all(folders.map(isThere));
    if (!there.includes(true)) return absent(`no machines of libvirt below ${rootfs}`);
    return found(
      new NameRounds({
        clock,
        desk,
        what: 'machines',
        knows: ({ kind }) => kind === 'vm',
        interval: INTERVAL,
        ask: machinesBelow(rootfs),
      }),
    );
  },
});

const isThere = async (folder: string): Promise<boolean> => {
  try {
    await access(folder, constants.F_OK);
    return true;
  } catch (cause) {
    return ['EACCES', 'EPERM'].includes(errnoOf(cause));
  }
};

const machinesBelow =
  (rootfs: string) =>
  async (nameless: readonly Nameless[], signal: AbortSignal): Promise<Answer> => {
    const facts = new Map<string, WorkloadFacts>();
    const running = await domainsIn(join(rootfs, RUNNING), signal);
    const byId = new Map(running.domains.map((domain) => [domain.id, domain]));
    for (const { key, path } of nameless) {
      const domain = byId.get(numberOf(path));
      if (domain !== undefined) facts.set(key, domain.facts);
    }
    if (facts.size === nameless.length) return { facts };
    const defined = await domainsIn(join(rootfs, DEFINED), signal);
    const byName = new Map(defined.domains.map((domain) => [domain.name, domain]));
    for (const { key, workload } of nameless) {
      const domain = byName.get(workload.labels.name ?? '');
      if (!facts.has(key) && domain !== undefined) facts.set(key, domain.facts);
    }
    // A machine may be gone by now; only what may not be read is worth telling, and only while a name is missing.
    const trouble = facts.size === nameless.length ? undefined : (running.trouble ?? defined.trouble);
    return { facts, ...(trouble === undefined ? {} : { trouble }) };
  };

const numberOf = (path: string): string | undefined => {
  const [, withSystemd, without] = MACHINE.exec(path) ?? [];
  return withSystemd ?? without;
};

/** One file after the other. A strange one hides no other; the first that may not be read is told. */
const domainsIn = async (
  folder: string,
  signal: AbortSignal,
): Promise<{ readonly domains: readonly Domain[]; readonly trouble?: SourceError }> => {
  const domains: Domain[] = [];
  let trouble: SourceError | undefined;
  const attempt = async (path: string, read: () => Promise<void>): Promise<void> => {
    try {
      await read();
    } catch (cause) {
      const error = failedRead(path, cause, FIX);
      if (error.kind !== 'gone') trouble ??= error;
    }
  };
  await attempt(folder, async () => {
    const files = (await readdir(folder)).filter((name) => name.endsWith('.xml')).slice(0, MOST_MACHINES);
    for (const file of files.map((name) => join(folder, name))) {
      if (signal.aborted) return;
      await attempt(file, async () => {
        const domain = domainIn(await readBounded(file, LARGEST, FIX));
        if (domain !== undefined) domains.push(domain);
      });
    }
  });
  return { domains, ...(trouble === undefined ? {} : { trouble }) };
};
