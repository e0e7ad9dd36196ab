import { hostname } from 'node:os';
import type { Config, openStatements } from '../src/index.ts';
import { tariffOf } from './carbon.ts';

type Statements = Awaited<ReturnType<typeof openStatements>>;
type Terms = Parameters<Statements['gatherInventory']>[0]['agent'];

/** What the configuration says of the agent's own host, for the statement. An example zone is no zone. */
export const agentTerms = (config: Config): Terms => {
  const { grid, site, host } = config;
  return {
    zone: grid.zone,
    site: {
      site: host.name ?? hostname(),
      tenancy: site.tenancy,
      tenancies: site.tenancy_periods,
      ...(site.pue === undefined ? {} : { pue: { value: site.pue, kind: 'configured' as const } }),
      periods: site.pue_periods,
      wue: site.wue,
      erf: site.erf,
    },
    instruments: grid.instruments,
    location: grid.location,
    market: grid.market,
    loss: grid.loss,
    upstream: grid.upstream,
    adders: grid.adders,
    tariff: tariffOf(config),
  };
};
