import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MeasureReport } from '../src/index.ts';
import { SIMULATED } from './demo-verdicts.ts';
import { listenError, parseListenAddress, urlOf } from './listen-address.ts';
import { type Reply, send, text } from './reply.ts';

/** Pages of the demo by their path. */
export type DemoPages = ReadonlyMap<string, string>;

const MARK = `<p style="padding:.4em .8em;border:2px dashed;font-weight:700">${SIMULATED}.</p>`;

/** A report with the word on it that it is of nothing real. */
const marked = (html: string): string =>
  html.replace('<title>', '<title>SIMULATED: ').replace('<body>', `<body>${MARK}`);

interface PagesInput {
  readonly reports: readonly MeasureReport[];
  readonly words: Readonly<Record<MeasureReport['outcome']['verdict'], string>>;
  readonly html: (report: MeasureReport) => string;
  /** What the operator of each measure says of it. */
  readonly claims: ReadonlyMap<string, string>;
}

/** A page of each report and one that lists them. Names of measures are safe in paths: the configuration sees to it. */
export const demoPages = ({ reports, words, html, claims }: PagesInput): DemoPages => {
  const rows = reports.map(
    ({ plan: { name }, outcome: { verdict, grade } }) =>
      `<tr><td><a href="${name}.html">${name}</a></td><td>${claims.get(name) ?? ''}</td><td><b>${words[verdict]}</b></td><td>${grade}</td></tr>`,
  );
  const style =
    ':root{color-scheme:light dark}body{margin:0 auto;padding:2rem 1.5rem;max-width:60rem;font:15px/1.45 system-ui,sans-serif}table{width:100%;border-collapse:collapse}th,td{padding:.4rem .75rem .4rem 0;border-top:1px solid;text-align:left;vertical-align:top}';
  const index = [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    `<title>SIMULATED: measures of a fleet</title><style>${style}</style></head><body>`,
    MARK,
    '<h1>Energy-saving measures</h1>',
    '<p>Each was planned and registered before its start on the clock of the fleet; the verdict is what its hosts used.</p>',
    '<table><thead><tr><th>measure</th><th>what is said of it</th><th>verdict</th><th>evidence</th></tr></thead>',
    `<tbody>${rows.join('')}</tbody></table></body></html>\n`,
  ].join('\n');
  return new Map([
    ['index.html', index],
    ...reports.map((report) => [`${report.plan.name}.html`, marked(html(report))] as const),
  ]);
};

/** Pages have their style in themselves; nothing else is loaded, from nowhere. */
const POLICY = { 'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'" };

const answer = (pages: DemoPages, { method, url = '/' }: IncomingMessage): Reply => {
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'only GET', { Allow: 'GET, HEAD' });
  const [path = '/'] = url.split('?');
  const body = pages.get(path === '/' ? 'index.html' : path.slice(1));
  if (body === undefined) return text(404, 'there is no such page: / lists all of them');
  return { status: 200, type: 'text/html; charset=utf-8', body, headers: POLICY };
};

/** Shows the pages until it is closed. Rejects with a CommandError where it cannot listen. */
export const serveDemo = async (
  pages: DemoPages,
  listenAddress: string,
): Promise<{ readonly url: string; close(): Promise<void> }> => {
  const server = createServer((request, response) => send(request, response, answer(pages, request)));
  const { host, port } = parseListenAddress(listenAddress);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(listenError(listenAddress, cause)));
    server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
  });
  const bound = server.address() as AddressInfo;
  return {
    url: urlOf(bound.address, bound.port),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
};
