import { dirname, resolve } from 'node:path';
import * as z from 'zod/mini';
import { isEndpoint, isHeaderName, isOverTls, mayCarrySecrets } from '../exporters/otlp-options.ts';
import { about, duration, path, section } from './fields.ts';

const HEADER = "must be the name of a header that is not the connection's own, such as Authorization";

const otlp = {
  url: about(z.exactOptional(z.string().check(z.maxLength(2048), z.refine(isEndpoint))), {
    description:
      'Address of an OTLP receiver over HTTP; /v1/metrics where it has no path. Without it nothing is pushed.',
    'x-example': 'https://collector.example:4318',
    'x-expected': 'a URL of http or https without a user, a query and a fragment',
  }),
  interval: duration('60s', '1s', '1h', 'Time between two pushes.'),
  timeout: duration('10s', '100ms', '60s', 'Time after which a push is given up, to be tried again.'),
  headers_files: about(
    z._default(
      z.record(
        z.string().check(z.refine(isHeaderName, { error: HEADER })),
        about(path(), { description: 'File of the value.', 'x-expected': 'a path' }),
      ),
      {},
    ),
    {
      description:
        'Headers to send, such as a token: each with a file of one line, which not every user may read.',
      'x-example': { Authorization: '/etc/negawatt/otlp-token' },
      'x-expected': 'a mapping of names of headers to paths',
    },
  ),
  ca_file: about(z.exactOptional(path('a path')), {
    description:
      "Certificates (PEM) of the authorities to trust for the receiver; default: the runtime's own list.",
    'x-example': '/etc/negawatt/otlp-ca.pem',
  }),
  cert_file: about(z.exactOptional(path()), {
    description:
      'Certificate (PEM, with its chain) that this agent shows a receiver that asks for one; read anew for each push.',
    'x-expected': 'a path, beside key_file and a url of https',
    'x-example': '/etc/negawatt/otlp-client.pem',
  }),
  key_file: about(z.exactOptional(path()), {
    description:
      'Private key of that certificate (PEM, without a passphrase), which not every user may read.',
    'x-expected': 'a path, beside cert_file',
    'x-example': '/etc/negawatt/otlp-client.key',
  }),
  compression: about(z._default(z.enum(['gzip', 'none']), 'gzip'), {
    description: 'How the body is compressed.',
  }),
};

/** Tokens may go over http to this host alone. */
const isSafe = ({ url, headers_files }: { readonly url?: string; readonly headers_files: object }): boolean =>
  url === undefined || Object.keys(headers_files).length === 0 || mayCarrySecrets(url);

interface Shown {
  readonly url?: string;
  readonly cert_file?: string;
  readonly key_file?: string;
}

const hasCertificate = ({ cert_file, key_file }: Shown): boolean =>
  key_file === undefined || cert_file !== undefined;
const hasKey = ({ cert_file, key_file }: Shown): boolean => cert_file === undefined || key_file !== undefined;
/** Over http nobody asks for a certificate: who names one means https. */
const isShown = ({ url, cert_file }: Shown): boolean =>
  url === undefined || cert_file === undefined || isOverTls(url);

const checkedOtlp = z
  .strictObject(otlp)
  .check(
    z.refine(isSafe),
    z.refine(hasCertificate, { path: ['cert_file'] }),
    z.refine(hasKey, { path: ['key_file'] }),
    z.refine(isShown, { path: ['cert_file'] }),
  );

/** The section `export` of the configuration: ways out beside the HTTP server. */
export const exportSection = section('Ways out beside the HTTP server; off until they are told where to.', {
  otlp: about(z.prefault(checkedOtlp, {} as never), {
    description: 'Push over OTLP (protobuf over HTTP), as the OpenTelemetry Collector and others take it.',
    'x-expected': 'with headers_files a url of https, or of http on this host: a token would be readable',
  }),
  textfile: section('The metrics as a file, for hosts where no port may be opened.', {
    path: about(z.exactOptional(path().check(z.regex(/\.prom$/), z.regex(/^\//))), {
      description:
        'File that the textfile collector of node_exporter reads, replaced as a whole at each interval and ' +
        'removed at the end; its directory must be there.',
      'x-example': '/var/lib/prometheus/node-exporter/negawatt.prom',
      'x-expected':
        'a path from / that ends in .prom, as the collector reads no other files, and not in work.textfile.directory',
    }),
    interval: duration('15s', '1s', '1h', 'Time between two writings; that of the scrapes is right.'),
  }),
});

interface TextfileWays {
  readonly export: { readonly textfile: { readonly path?: string } };
  readonly work: { readonly textfile: { readonly directory?: string } };
}

/** Work that the agent wrote itself must not come back as work of an application: each round would count it again. */
export const readsNotItsOwn = ({ export: out, work }: TextfileWays): boolean => {
  const { path: written } = out.textfile;
  const { directory } = work.textfile;
  return written === undefined || directory === undefined || resolve(dirname(written)) !== resolve(directory);
};
