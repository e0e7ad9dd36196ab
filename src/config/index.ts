export { classRulesOf } from './class-rule.ts';
export { parseDuration } from './duration.ts';
export { annotatedDefaults, jsonSchema } from './generate.ts';
export { environmentName, flagName, type Key, keyTree, leaves } from './keys.ts';
export type { Environment, Flags, Origin } from './layers.ts';
export { type ConfigInput, type LoadedConfig, loadConfig, type Setting } from './load.ts';
export { printConfig } from './print.ts';
export type { Problem } from './problem.ts';
export { type Config, configSchema, exampleOf, gridZoneOf, hasNoPort, isExample } from './schema.ts';
