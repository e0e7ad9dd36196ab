import { HOST_WORKLOAD, isWork, WORK_KINDS, WORK_UNIT, type WorkOwner } from '../model/work.ts';
import { isName, shown } from './text.ts';

/** One message of an application. */
export type Push = { readonly workload: WorkOwner; readonly unit: string } & (
  | { readonly total: number }
  | { readonly added: number }
);

export type PushBody =
  | { readonly ok: true; readonly pushes: readonly Push[] }
  | { readonly ok: false; readonly reason: string };

const SAMPLE = '{"workload": "nginx.service", "unit": "requests", "total": 123}';
const KEYS = ['workload', 'unit', 'total', 'add'];

/** Reads what was pushed: one object or a list of them. All of it is right, or none of it counts. Never throws. */
export const parsePush = (body: Buffer): PushBody => {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    const why = error instanceof SyntaxError ? shown(error.message, 100) : 'it is not UTF-8';
    return { ok: false, reason: `the body is no JSON: ${why}; send ${SAMPLE}` };
  }
  const isList = Array.isArray(value);
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (items.length === 0) return { ok: false, reason: `the list is empty; send ${SAMPLE}` };
  const pushes: Push[] = [];
  for (const [at, item] of items.entries()) {
    const push = parseItem(item);
    if (typeof push === 'string') return { ok: false, reason: isList ? `item ${at}: ${push}` : push };
    pushes.push(push);
  }
  return { ok: true, pushes };
};

/** The message, or what is wrong with it. */
const parseItem = (item: unknown): Push | string => {
  if (!isTree(item)) return `it must be an object such as ${SAMPLE}`;
  const unknown = Object.keys(item).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) return `"${shown(unknown)}" is not known; known are ${KEYS.join(', ')}`;
  const { unit, total, add } = item;
  if (typeof unit !== 'string' || !WORK_UNIT.test(unit)) {
    return 'unit must be a word such as "requests": small letters, digits and _, at most 32';
  }
  const workload = ownerOf(item.workload);
  if (workload === undefined) {
    return 'workload must be the id of a workload, at most 128 bytes, or {"name": ..., "kind": ...}; left out it is the host';
  }
  if ((total === undefined) === (add === undefined)) return 'it must have one of total (cumulative) and add';
  const amount = total ?? add;
  if (typeof amount !== 'number' || !isWork(amount)) {
    return `${total === undefined ? 'add' : 'total'} must be a number from 0 to 2^53`;
  }
  return { workload, unit, ...(total === undefined ? { added: amount } : { total: amount }) };
};

const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const ownerOf = (value: unknown): WorkOwner | undefined => {
  if (value === undefined || value === '') return HOST_WORKLOAD;
  if (typeof value === 'string') return isName(value) ? value : undefined;
  if (!isTree(value) || Object.keys(value).some((key) => key !== 'name' && key !== 'kind')) return undefined;
  const { name } = value;
  if (typeof name !== 'string' || !isName(name)) return undefined;
  if (value.kind === undefined) return { name };
  const kind = WORK_KINDS.find((one) => one === value.kind);
  return kind === undefined ? undefined : { name, kind };
};
