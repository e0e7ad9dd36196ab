export { type Gauge, type GaugeOptions, openGauge } from './gauge.ts';
export type { WorkOptions } from './options.ts';
export { LONGEST_PUSH, type PushReply, type PushWay } from './push.ts';
export { type Refusal, refuseStranger } from './push-guard.ts';
export { createWork, type Work } from './source.ts';
