import type { MeasureArm } from '../src/index.ts';
import { json, type Reply, text } from './reply.ts';
import { utcTime } from './utc-time.ts';

export const SWITCHBACK = '/api/v1/switchback';

const iso = (instant: number | undefined): string | undefined =>
  instant === undefined ? undefined : utcTime(instant * 1000);

/** A public contract: times are ISO 8601 in UTC, what is not known is left out. */
export const armJson = ({ measure, arm, state, block, since, changesAt, next }: MeasureArm) => ({
  measure,
  arm,
  state,
  block,
  since: iso(since),
  changesAt: iso(changesAt),
  next,
});

export type ArmJson = ReturnType<typeof armJson>;

/** `GET /api/v1/switchback` and below it one by its name: the arm that is to hold now. */
export const switchbackReply = (path: string, arms: readonly MeasureArm[]): Reply => {
  if (path === SWITCHBACK) return json({ switchbacks: arms.map(armJson) });
  const name = path.slice(SWITCHBACK.length + 1);
  const arm = arms.find(({ measure }) => measure === name);
  if (arm !== undefined) return json(armJson(arm));
  const there = arms.map(({ measure }) => measure).join(', ') || 'none';
  return text(404, `there is no on/off test of that name; there are: ${there}`);
};
