import { CommandError, USAGE } from './exit.ts';

export interface ListenAddress {
  /** Undefined: every interface, IPv6 and IPv4. */
  readonly host: string | undefined;
  /** 0: one that is free. */
  readonly port: number;
}

const SETTING = '--web.listen-address (web.listen_address)';

/** Reads `127.0.0.1:10202`, `localhost:10202`, `:10202` or `[::1]:0`. Throws CommandError naming the setting. */
export const parseListenAddress = (text: string): ListenAddress => {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:[\]/]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new CommandError(
      `${JSON.stringify(text)} is no address to listen on: write ${SETTING} as 127.0.0.1:10202, [::1]:10202, or :10202 for every interface`,
      USAGE,
    );
  }
  return { host: match[1] ?? (match[2] || undefined), port };
};

/** Why the server cannot listen, in the operator's words. @param cause error of `server.listen`. */
export const listenError = (text: string, cause: unknown): CommandError => {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const { port } = parseListenAddress(text);
  const choose = `choose another with ${SETTING}`;
  const why: Readonly<Record<string, string>> = {
    EADDRINUSE: `another program has it, perhaps a second negawatt; "ss -ltnp 'sport = :${port}'" run as root names it; stop that one or ${choose}`,
    EACCES: `this user may not open port ${port}; below 1024 that takes CAP_NET_BIND_SERVICE; ${choose}`,
    EADDRNOTAVAIL: `no interface of this host has that address ("ip addr" lists them); ${choose}`,
    ENOTFOUND: `the name has no address; ${choose}`,
  };
  const error = new CommandError(`cannot listen on ${text}: ${why[code] ?? `${String(cause)}; ${choose}`}`);
  error.cause = cause;
  return error;
};

/** Where a browser on this host finds the server. @param address as bound. */
export const urlOf = (address: string, port: number, scheme: 'http' | 'https' = 'http'): string => {
  if (address === '::' || address === '0.0.0.0') return `${scheme}://localhost:${port}`;
  return `${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}`;
};
