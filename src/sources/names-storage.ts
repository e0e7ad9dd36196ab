import { join } from 'node:path';
import type { WorkloadFacts } from '../model/facts.ts';
import { SourceError } from '../model/source-error.ts';
import { parseJson, readBounded } from './names-file.ts';
import { containerKey } from './names-groups.ts';
import { asList, asObject, asText, type Json, present } from './names-json.ts';

/**
 * Lists of containers/storage, in which Podman keeps the names of its containers; the second one has those of `--rm`.
 * Read so that Podman's API, a program that systemd starts for each question, need not be woken.
 */
const LISTS = ['containers.json', 'volatile-containers.json'];
/** Some 600 bytes a container. */
const LARGEST = 8 * 2 ** 20;

/** Names and images of Podman's containers by row key, from the lists in these folders. Rejects with SourceError. */
export const readStorage = async (
  folders: readonly string[],
): Promise<ReadonlyMap<string, WorkloadFacts>> => {
  const facts = new Map<string, WorkloadFacts>();
  for (const file of folders.flatMap((folder) => LISTS.map((list) => join(folder, list)))) {
    try {
      for (const entry of asList(parseJson(await readBounded(file, LARGEST), file))) {
        const { id, names, metadata } = asObject(entry);
        const name = asText(asList(names)[0]);
        if (typeof id !== 'string' || name === undefined) continue;
        const image = asText(metadataOf(metadata)['image-name']);
        facts.set(containerKey(id), {
          labels: present({ name, container_image_name: image, container_runtime_name: 'podman' }),
        });
      }
    } catch (cause) {
      if (!(cause instanceof SourceError) || cause.kind !== 'gone') throw cause;
    }
  }
  return facts;
};

/** JSON within JSON, of whoever made the container. */
const metadataOf = (text: unknown): Json => {
  try {
    return asObject(JSON.parse(typeof text === 'string' ? text : '{}'));
  } catch {
    return {};
  }
};
