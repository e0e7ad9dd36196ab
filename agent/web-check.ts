import { type Config, counted, type Problem, readWebFile } from '../src/index.ts';
import { problemText } from './configuration.ts';

/** The web-config file that the configuration names, read as the agent would read it. */
export interface WebCheck {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** What it asks of clients, in words. */
  readonly why: string;
}

/** Undefined where none is named. */
export const checkWebFile = async ({ web }: Config): Promise<WebCheck | undefined> => {
  if (web.config_file === undefined) return undefined;
  const loaded = await readWebFile(web.config_file);
  if (!loaded.ok) return { problems: loaded.problems, warnings: [], why: problemText(loaded.problems) };
  const { tls, users, rateLimit } = loaded.web;
  const parts = [
    tls === undefined
      ? 'plain HTTP'
      : `TLS, certificate valid to ${new Date(tls.validTo).toISOString().slice(0, 10)}`,
    ...(tls === undefined || tls.clientAuth === 'none' ? [] : [`client certificates: ${tls.clientAuth}`]),
    counted(users.size, 'user'),
    ...(rateLimit === undefined
      ? []
      : [`one request each ${rateLimit.interval} s, ${rateLimit.burst} at once`]),
  ];
  return { problems: [], warnings: loaded.warnings, why: `${web.config_file}: ${parts.join(', ')}` };
};
