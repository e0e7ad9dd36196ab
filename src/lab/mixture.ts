import type { LabHostSpec } from './host.ts';
import type { RoleName } from './roles.ts';

const DAY = 86_400;

/** Of eight hosts: what a mixed data centre has most of comes most often. */
const ROLES_IN_TURN: readonly RoleName[] = [
  'web',
  'database',
  'training',
  'batch',
  'web',
  'guest',
  'web',
  'batch',
];

/**
 * Hosts of all roles. One of the batch hosts is switched off for six hours of each weekend that is met, and the first
 * web host cannot read its list of pods for an hour of its second day.
 *
 * @param from seconds since 1970 UTC.
 */
export const mixedHosts = (count: number, from: number, days: number): readonly LabHostSpec[] =>
  Array.from({ length: count }, (_, number): LabHostSpec => {
    const role = ROLES_IN_TURN[number % ROLES_IN_TURN.length] ?? 'web';
    const name = `${role}-${String(number + 1).padStart(3, '0')}`;
    const off = Array.from({ length: Math.ceil(days) }, (__, day) => from + day * DAY)
      .filter((midnight) => Math.floor(midnight / DAY) % 7 === 2)
      .map((midnight) => ({ from: midnight + 10 * 3600, to: midnight + 16 * 3600 }));
    return {
      ...{ name, role, growth: 0.2 },
      ...(number === 3 ? { off } : {}),
      ...(number === 0 ? { silent: [{ from: from + 1.5 * DAY, to: from + 1.5 * DAY + 3600 }] } : {}),
    };
  });
