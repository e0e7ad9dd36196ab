import { isIP } from 'node:net';
import { absent, type Found, found, unreadable } from '../model/found.ts';
import type { Source } from '../model/source.ts';
import { SourceError } from '../model/source-error.ts';
import type { Workload } from '../model/workload.ts';
import { seconds } from '../units.ts';
import type { FactsDesk } from './facts.ts';
import { readBounded } from './names-file.ts';
import { getJson } from './names-http.ts';
import type { KubeletOptions } from './names-kubelet-options.ts';
import { factsOfPods } from './names-pods.ts';
import { type Answer, NameRounds } from './names-rounds.ts';

const TIMEOUT_MS = 5000;
/** Some 20 KiB a pod, 500 pods at most on the largest nodes in use. */
const LARGEST = 32 * 2 ** 20;
const LARGEST_TOKEN = 64 * 1024;
const LARGEST_CA = 2 ** 20;

/** Names, labels and requests of the pods of this node, from its kubelet. */
export const kubeletSource = (options: KubeletOptions, desk: FactsDesk): Source => ({
  name: 'kubelet',
  rare: true,
  summary: 'names, labels and requests of pods, from the kubelet of this node (GET /pods)',
  open: async (_paths, clock) => {
    const refusal = refused(options);
    if (refusal !== undefined) return refusal;
    const ask = podsOf(options);
    try {
      const first = await ask(AbortSignal.timeout(2 * TIMEOUT_MS));
      return found(
        new NameRounds({
          clock,
          desk,
          what: 'containers of pods',
          knows: isInPod,
          interval: seconds(options.interval),
          ask: (_, signal) => ask(signal),
          first: first.facts,
        }),
      );
    } catch (cause) {
      const { message, fix, kind } = asSourceError(cause);
      if (kind === 'gone' && message.includes(options.token_file)) {
        return absent(
          `no token at ${options.token_file}: on a Kubernetes node, run negawatt as a pod or name one`,
        );
      }
      return unreadable(message, fix);
    }
  },
});

const isInPod = ({ kind, labels }: Workload): boolean =>
  kind === 'container' && labels.k8s_pod_uid !== undefined;

const isLoopback = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'));

/** Where a token or the pods' names could be read by another host. */
const refused = ({ url, verify_certificate: verify }: KubeletOptions): Found<never> | undefined => {
  const address = new URL(url);
  if (isLoopback(address) || (verify && address.protocol === 'https:')) return undefined;
  return unreadable(
    `${url} is another host's, and it would not be known which one answers`,
    'Name a loopback address in sources.kubelet.url, or use https with verify_certificate: true.',
  );
};

const podsOf =
  (options: KubeletOptions) =>
  async (signal: AbortSignal): Promise<Answer> => {
    const url = new URL('/pods', options.url);
    const isSecure = url.protocol === 'https:';
    // Both are read anew each time: the kubelet renews a mounted token every hour.
    const token = isSecure ? (await readBounded(options.token_file, LARGEST_TOKEN)).trim() : '';
    const ca =
      isSecure && options.verify_certificate ? await readBounded(options.ca_file, LARGEST_CA) : undefined;
    const pods = await getJson({
      url,
      where: url.href,
      request: {
        headers: token === '' ? {} : { Authorization: `Bearer ${token}` },
        ...(ca === undefined ? {} : { ca }),
        rejectUnauthorized: options.verify_certificate,
      },
      timeout: TIMEOUT_MS,
      most: LARGEST,
      signal,
      fixFor: fixAfter,
    });
    return { facts: factsOfPods(pods) };
  };

const fixAfter = (status: number, code: string): string => {
  if (status === 401) return 'Give the path of a valid token in sources.kubelet.token_file.';
  if (status === 403) {
    return 'Allow its service account "get" on nodes/proxy (nodes/pods from Kubernetes 1.33 on) with a ClusterRole.';
  }
  if (/CERT|SIGNATURE|SSL|TLS/.test(code)) {
    return (
      'Name its CA in sources.kubelet.ca_file and a host name of its certificate in sources.kubelet.url, ' +
      'or set verify_certificate: false for a loopback address.'
    );
  }
  return 'See whether the kubelet runs and listens there, or correct sources.kubelet.url; --no-source.kubelet does without.';
};

const asSourceError = (cause: unknown): SourceError =>
  cause instanceof SourceError ? cause : new SourceError('retry', String(cause).slice(0, 200));
