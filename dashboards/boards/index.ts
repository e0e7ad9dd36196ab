import type { BoardSpec } from '../kit/spec.ts';
import { AGENTS } from './agents.ts';
import { BEFORE_AFTER } from './before-after.ts';
import { CAPACITY } from './capacity.ts';
import { CARBON } from './carbon.ts';
import { FLEET } from './fleet.ts';
import { GPU_BOARD } from './gpu.ts';
import { HOST_BOARD } from './host.ts';
import { SAVINGS } from './savings.ts';
import { WORKLOADS } from './workloads.ts';

/** In the order of the menu: what most people open first stands first. */
export const BOARDS: readonly BoardSpec[] = [
  ...[FLEET, HOST_BOARD, BEFORE_AFTER, WORKLOADS, GPU_BOARD, SAVINGS, CAPACITY, CARBON, AGENTS],
];
