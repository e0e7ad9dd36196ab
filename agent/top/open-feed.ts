import { hasNoPort } from '../../src/index.ts';
import type { Loaded } from '../configuration.ts';
import { CommandError } from '../exit.ts';
import { parseListenAddress, urlOf } from '../listen-address.ts';
import { agentFeed, FeedError } from './agent-feed.ts';
import type { Feed } from './feed.ts';
import { ownFeed } from './own-feed.ts';

export interface FeedOptions {
  readonly loaded: Loaded;
  /** Seconds between two samples of its own. */
  readonly interval: number;
  /** The agent to follow; undefined: the one at the configured address, if there is one. */
  readonly url: string | undefined;
}

/**
 * Follows an agent that runs, so that nothing is sampled twice, or samples by itself.
 * Throws CommandError where the agent that was asked for by name does not answer.
 */
export const openFeed = async ({ loaded, interval, url }: FeedOptions): Promise<Feed> => {
  const base = url ?? configured(loaded);
  if (base === undefined) return ownFeed(loaded, interval, 'as no fixed address is configured');
  const feed = agentFeed(base);
  try {
    await feed.read();
    return feed;
  } catch (error) {
    if (!(error instanceof FeedError)) throw error;
    if (error.kind === 'early') return feed;
    feed.close();
    // This asks without a certificate and without a password.
    const web = loaded.config.web.config_file === undefined ? '' : '; web.config_file may ask for more';
    if (url === undefined) return ownFeed(loaded, interval, `as ${error.message}${web}`);
    throw new CommandError(
      `${error.message}; start one with \`negawatt run\`, or leave out --url to sample here`,
    );
  }
};

/** Where an agent with this configuration is found from here; undefined where it takes any free port, or none. */
const configured = ({ config }: Loaded): string | undefined => {
  if (hasNoPort(config)) return undefined;
  const { host, port } = parseListenAddress(config.web.listen_address);
  return port === 0 ? undefined : urlOf(host ?? '::', port);
};
