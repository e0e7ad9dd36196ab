import type { BoardSpec } from '../kit/spec.ts';
import { BEFORE_AFTER } from './before-after.ts';
import { FLEET } from './fleet.ts';
import { HOST_BOARD } from './host.ts';

/** In the order of the menu: what most people open first stands first. */
export const BOARDS: readonly BoardSpec[] = [FLEET, HOST_BOARD, BEFORE_AFTER];
