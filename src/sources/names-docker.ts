import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkloadFacts } from '../model/facts.ts';
import { absent, found, unreadable } from '../model/found.ts';
import type { Source } from '../model/source.ts';
import { seconds } from '../units.ts';
import type { FactsDesk } from './facts.ts';
import { errnoOf } from './failure.ts';
import { type Limits, limitsOf, listedContainers } from './names-docker-api.ts';
import type { DockerOptions } from './names-docker-options.ts';
import { containerKey, type Nameless, runtimeOf } from './names-groups.ts';
import { getJson } from './names-http.ts';
import { type Answer, NameRounds } from './names-rounds.ts';

/** The API answers in some 10 ms; a daemon that prunes its images may take seconds. */
const TIMEOUT_MS = 5000;
/** 8192 containers with long labels. */
const LARGEST_LIST = 16 * 2 ** 20;
const LARGEST_CONTAINER = 2 ** 20;
/** Containers that are looked at one after another in a round; the others have their turn in the next one. */
const MOST_INSPECTED = 64;

/** Names of Docker's containers, from its socket. */
export const dockerSource = (options: DockerOptions, desk: FactsDesk): Source =>
  apiSource('docker', 'Docker', options, desk);

/** Names of Podman's containers: its socket speaks the same language, and is asked only while there are some. */
export const podmanSource = (options: DockerOptions, desk: FactsDesk): Source =>
  apiSource('podman', 'Podman', options, desk);

const apiSource = (name: string, title: string, options: DockerOptions, desk: FactsDesk): Source => ({
  name,
  rare: true,
  summary: `names, images and labels of containers, from the socket of ${title} (GET requests alone)`,
  open: async (paths, clock) => {
    const socket = join(paths.rootfs, options.socket);
    try {
      // connect(2) asks for the right to write. No connection is made: that would start a daemon that systemd holds back.
      await access(socket, constants.R_OK | constants.W_OK);
    } catch (cause) {
      if (!['EACCES', 'EPERM'].includes(errnoOf(cause))) return absent(`no socket of ${title} at ${socket}`);
      return unreadable(
        `${socket} is there and may not be used`,
        `Name a read-only proxy of it in sources.${name}.socket, or give negawatt's user access to it: ` +
          `that is as much as making that user root. Without it containers have their ids for names; --no-source.${name} accepts that.`,
      );
    }
    return found(
      new NameRounds({
        clock,
        desk,
        what: 'containers',
        knows: (workload) => runtimeOf(workload) === name,
        interval: seconds(options.interval),
        ask: containersBehind(socket, title),
      }),
    );
  },
});

/** Asks one question at a time: the list each time, each container once in its life. */
const containersBehind = (socket: string, title: string) => {
  const limits = new Map<string, Limits>();
  return async (nameless: readonly Nameless[], signal: AbortSignal): Promise<Answer> => {
    const get = (path: string, most: number): Promise<unknown> =>
      getJson({
        // Podman refuses a request without a host.
        url: new URL(path, 'http://localhost'),
        where: `${socket} (GET ${path.slice(0, 40)})`,
        request: { socketPath: socket },
        timeout: TIMEOUT_MS,
        most,
        signal,
        fixFor: (status) =>
          status === 403
            ? `Let the proxy pass GET /containers/json and GET /containers/ID/json.`
            : `See whether ${title} answers: curl --unix-socket ${socket} http://localhost/containers/json`,
      });
    const listed = new Map(
      listedContainers(await get('/containers/json', LARGEST_LIST)).map((one) => [containerKey(one.id), one]),
    );
    for (const key of limits.keys()) if (!listed.has(key)) limits.delete(key);
    const unseen = nameless.filter(({ key }) => listed.has(key) && !limits.has(key)).slice(0, MOST_INSPECTED);
    const facts = new Map<string, WorkloadFacts>();
    for (const { key, workload } of unseen) {
      try {
        limits.set(key, limitsOf(await get(`/containers/${workload.id}/json`, LARGEST_CONTAINER)));
      } catch (cause) {
        // It may have ended meanwhile; a proxy that refuses is as good as one that knows no limits.
        if (signal.aborted) throw cause;
        limits.set(key, {});
      }
    }
    for (const { key } of nameless) {
      const one = listed.get(key);
      if (one !== undefined) facts.set(key, { labels: one.labels, tags: one.tags, ...limits.get(key) });
    }
    return { facts };
  };
};
