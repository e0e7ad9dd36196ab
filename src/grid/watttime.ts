import * as z from 'zod/mini';
import type { GridProvider, GridSeries } from '../model/grid.ts';
import { seconds } from '../units.ts';
import { createExtra, createRound, type Foretold, type Round, required } from './asking.ts';
import { toMinute } from './instant.ts';
import { gridKind } from './kind.ts';
import { address, below, code, timeout } from './provider-options.ts';
import { unexpected } from './read-body.ts';
import type { GridSecrets } from './secrets.ts';
import { readingsOf, splitAt } from './spans.ts';
import { type Asked, parsePoints, parseToken, type Told } from './watttime-body.ts';
import { createSession } from './watttime-session.ts';

/** Options of WattTime, API v3. */
export const watttimeOptions = z.object({
  region: code('region as WattTime names it, such as CAISO_NORTH, the one of the free plan'),
  signal_type: z
    .enum(['co2_moer', 'co2_aoer'])
    .check(z.describe('co2_moer: marginal, for scheduling alone; co2_aoer: average')),
  forecast: z._default(z.boolean(), true).check(z.describe('whether the next 24 hours are asked for too')),
  url: address('https://api.watttime.org/'),
  timeout: timeout(),
});
export type WattTimeOptions = z.infer<typeof watttimeOptions>;

const LOGIN_FIX = 'Give the user name and the password of your account at WattTime.';
const FIXES = {
  refused:
    'Ask for the region and the signal in your plan (/v3/my-access lists them); the free one has CAISO_NORTH alone.',
  unknown: 'Correct the region: /v3/region-from-loc names the one of a place.',
};
const DAY = 86_400_000;

const seriesOf = ({ region, signal_type }: Asked, { interval, model }: Told): GridSeries => ({
  provider: 'watttime',
  zone: region,
  ...(signal_type === 'co2_moer'
    ? ({ signal: 'marginal', basis: 'marginal' } as const)
    : ({ signal: 'average', basis: 'direct' } as const)),
  gases: 'CO2',
  gwp: 'none',
  boundary: 'unstated',
  edition: model,
  source: `WattTime API v3, ${signal_type}`,
  licence: 'proprietary, terms of WattTime; values are not redistributed',
  interval,
});

/** WattTime: emissions rate of a region, marginal or average, in steps of five minutes. */
export const watttime = (options: WattTimeOptions, secrets: GridSecrets): GridProvider => {
  const { region, signal_type } = options;
  const asked: Asked = { region, signal_type };
  const kind = signal_type === 'co2_moer' ? 'marginal' : 'average';
  const extra = createExtra('forecast');
  const { username = '', password = '' } = secrets;
  const basic = Buffer.from(`${username}:${password}`).toString('base64');
  // Hiding a name of two letters would hide half of each message.
  const hidden = [...(username.length > 3 ? [username] : []), password, basic];
  const login = async (round: Round): Promise<string> => {
    required(secrets.username, 'user name of WattTime', LOGIN_FIX);
    required(secrets.password, 'password of WattTime', LOGIN_FIX);
    const headers = { authorization: `Basic ${basic}` };
    const question = { url: below(options.url, 'login'), headers, secrets: hidden };
    return parseToken(await round.body(question, { refused: LOGIN_FIX }));
  };
  const session = createSession();
  return {
    name: 'watttime',
    label: `WattTime, region ${region}, ${signal_type}`,
    period: seconds(300),
    ask: async (now, signal) => {
      const round = createRound({ timeout: seconds(options.timeout), signal, accept: 'json' }, FIXES);
      const points = (what: string, query: Readonly<Record<string, string>>): Promise<Told> =>
        session.ask(
          now,
          () => login(round),
          async (token) => {
            const url = below(options.url, `v3/${what}`, { region, signal_type, ...query });
            const headers = { authorization: `Bearer ${token}` };
            return parsePoints(await round.body({ url, headers, secrets: [token, ...hidden] }), asked);
          },
        );
      const told = await points('historical', { start: toMinute(now - DAY), end: toMinute(now) });
      const foretell = async (): Promise<Foretold> => {
        const { generatedAt, model, spans, warnings } = await points('forecast', { horizon_hours: '24' });
        if (model !== told.model) throw unexpected(`is of model ${model}, the readings are of ${told.model}`);
        const { readings, notes } = readingsOf(spans, kind);
        const { future } = splitAt(now, readings);
        const all = [...warnings, ...notes];
        return future.length === 0
          ? { notes: all }
          : { forecast: { generatedAt: Math.min(generatedAt ?? now, now), readings: future }, notes: all };
      };
      const ahead = options.forecast ? await extra(now, foretell) : { notes: [] };
      const { readings, notes } = readingsOf(told.spans, kind);
      return {
        series: seriesOf(asked, told),
        readings: splitAt(now, readings).past,
        ...(ahead.forecast === undefined ? {} : { forecast: ahead.forecast }),
        notes: [...new Set([...told.warnings, ...notes, ...ahead.notes, ...round.notes()])],
      };
    },
  };
};

export const gridWattTime = gridKind({
  name: 'watttime',
  about:
    'WattTime: marginal or average emissions rate by region, in steps of 5 minutes; the free plan has CAISO_NORTH.',
  secret: 'login',
  options: watttimeOptions,
  create: watttime,
});
