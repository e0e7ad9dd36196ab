import { readFile } from 'node:fs/promises';
import { type Found, found, unreadable } from '../model/found.ts';
import { errnoOf } from './failure.ts';
import { basicAuth, noAuth, sessionAuth } from './redfish-auth.ts';
import { createClient, type RedfishClient } from './redfish-client.ts';
import { type Credentials, readCredentials } from './redfish-credentials.ts';
import { openHttp } from './redfish-http.ts';
import type { RedfishOptions } from './redfish-options.ts';

/** What the options name, read from its files. */
export interface Access {
  readonly url: string;
  readonly credentials: Credentials | undefined;
  readonly ca: string | undefined;
  /** Same exactly where the credentials are the same; never shown. */
  readonly mark: string;
}

/** Reads the files that the options name; both may have been replaced since. Never rejects. */
export const accessOf = async (url: string, options: RedfishOptions): Promise<Found<Access>> => {
  const ca = await authoritiesOf(options.ca_file);
  if (!ca.found) return ca;
  if (options.auth === 'none') return found({ url, credentials: undefined, ca: ca.value, mark: '' });
  if (options.credentials_file === undefined) {
    return unreadable(
      `no name and password for ${url}`,
      'Set sources.redfish.credentials_file to a file of one line, username:password, with mode 640 or 600; or sources.redfish.auth to none.',
    );
  }
  const credentials = await readCredentials(options.credentials_file);
  if (!credentials.found) return credentials;
  const { username, password } = credentials.value;
  return found({ url, credentials: credentials.value, ca: ca.value, mark: `${username}\n${password}` });
};

const authoritiesOf = async (file: string | undefined): Promise<Found<string | undefined>> => {
  if (file === undefined) return found(undefined);
  try {
    const text = await readFile(file, 'latin1');
    if (text.includes('-----BEGIN CERTIFICATE-----')) return found(text);
    return unreadable(
      `${file} holds no certificate`,
      'Give sources.redfish.ca_file a file of certificates in PEM.',
    );
  } catch (cause) {
    return unreadable(
      `sources.redfish.ca_file: ${file} cannot be read: ${errnoOf(cause)}`,
      'Make it readable for negawatt, or correct the path.',
    );
  }
};

/** A client that has not connected yet. */
export const connect = async (
  { url, credentials, ca }: Access,
  options: RedfishOptions,
  wall: () => number,
): Promise<RedfishClient> => {
  const pin = options.fingerprint_sha256?.replaceAll(':', '').toUpperCase();
  const http = await openHttp({
    url,
    ...(ca === undefined ? {} : { ca }),
    ...(pin === undefined ? {} : { pin }),
  });
  const auth =
    credentials === undefined
      ? noAuth
      : options.auth === 'basic'
        ? basicAuth(credentials)
        : sessionAuth(http, credentials);
  return createClient(http, auth, wall);
};
