import { REST } from '../energy/components.ts';
import type { Resource } from '../model/workload.ts';
import type { Snapshot } from '../snapshot.ts';
import { add, type Watts, watts } from '../units.ts';
import type { HostFigures } from './host-json.ts';

/**
 * Power of the host by the resources that its rows share: metered parts, and what the host total has beyond them. Each is
 * a mean over its own last span, so under a slow host meter they sum to the host's power only on average.
 */
export const powerByResource = ({ view, powers }: Snapshot): HostFigures['powerByResource'] => {
  const { placed, state } = view.metered;
  const { source } = state.host;
  if (powers.host === undefined || source === undefined) return [];
  const byResource = new Map<Resource, Watts>();
  const count = (resource: Resource, id: string): void => {
    const power = powers.components.get(id);
    if (power !== undefined) byResource.set(resource, add(byResource.get(resource) ?? watts(0), power));
  };
  for (const { meter, role, resource } of placed) {
    if (role === 'component' && resource !== undefined) count(resource, meter.id);
  }
  // Of an earlier source: its rest is not the rest of this one.
  const model = placed.find(({ role }) => role === 'model')?.meter;
  if (source === 'model' && model !== undefined)
    count(model.domain === 'package' ? 'cpu' : 'other', model.id);
  else if (source !== 'components') count('other', REST);
  return [...byResource].map(([resource, powerWatts]) => ({ resource, powerWatts }));
};

/** Which resource each metered part of the host is of, by its id: what has no meter of its own is `other`. */
export const resourcesByDomain = ({ view }: Snapshot): ReadonlyMap<string, Resource> =>
  new Map([
    [REST, 'other'],
    ...view.metered.placed.flatMap(({ meter, role, resource }): readonly (readonly [string, Resource])[] => {
      if (role === 'component' && resource !== undefined) return [[meter.id, resource]];
      return role === 'model' ? [[meter.id, meter.domain === 'package' ? 'cpu' : 'other']] : [];
    }),
  ]);
