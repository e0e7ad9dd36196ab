import type { Inventory } from '../model/host.ts';

/** Which rows of the hardware table stand for a processor, and how sure that is. */
export interface CpuFamily {
  readonly family: string;
  /** `name` and `cpuid` identify it; `generic` is a stand-in of the same maker, stated wherever the figure goes. */
  readonly by: 'name' | 'cpuid' | 'generic';
}

const NAPLES = 'EPYC 7xx1 Naples';
const ROME = 'EPYC 7xx2 Rome';
const MILAN = 'EPYC 7xx3 Milan';
const SIENA = 'EPYC 8xx4 Siena';
const GENOA = 'EPYC 9xx4 Genoa and Bergamo';
const TURIN = 'EPYC 9xx5 Turin';
const EPYC_SMALL = 'EPYC 4xx4 and 4xx5';
const SKYLAKE = 'Xeon Scalable gen 1 Skylake';
const CASCADE_LAKE = 'Xeon Scalable gen 2 Cascade Lake';
const ICE_LAKE = 'Xeon Scalable gen 3 Ice Lake and Cooper Lake';
const SAPPHIRE_RAPIDS = 'Xeon Scalable gen 4 Sapphire Rapids';
const EMERALD_RAPIDS = 'Xeon Scalable gen 5 Emerald Rapids';
const XEON_6P = 'Xeon 6 P-core';
const XEON_6E = 'Xeon 6 E-core';
const ALTRA = 'Altra and Altra Max';

/** EPYC: series digit and generation digit of the model number. 73F3, 7H12, 9J14 and the like follow the same pattern. */
const EPYC_SERIES: readonly (readonly [RegExp, string])[] = [
  [/\b7[0-9A-Z]{2}1[A-Z]*\b/, NAPLES],
  [/\b7[0-9A-Z]{2}2[A-Z]*\b/, ROME],
  [/\b7[0-9A-Z]{2}3[A-Z]*\b/, MILAN],
  [/\b8[0-9A-Z]{2}4[A-Z]*\b/, SIENA],
  [/\b9[0-9A-Z]{2}4[A-Z]*\b/, GENOA],
  [/\b9[0-9A-Z]{2}5[A-Z]*\b/, TURIN],
  [/\b4[0-9A-Z]{2}[45][A-Z]*\b/, EPYC_SMALL],
];

const XEON_SERIES: readonly (readonly [RegExp, string])[] = [
  [/Xeon.* E5-\d{4}L?W? v3/i, 'Xeon E5 v3 Haswell'],
  [/Xeon.* E5-\d{4}L?W? v4/i, 'Xeon E5 v4 Broadwell'],
  [/Xeon.* E5-\d{4}L?W? v2/i, 'Ivy Bridge'],
  [/Xeon.* 6[4-9]\d{2}P/i, XEON_6P],
  [/Xeon.* 6[0-9]\d{2}E/i, XEON_6E],
  [/(Platinum|Gold|Silver|Bronze) \d1\d{2}/i, SKYLAKE],
  [/(Platinum|Gold|Silver|Bronze) \d2\d{2}/i, CASCADE_LAKE],
  [/(Platinum|Gold|Silver|Bronze) \d3\d{2}/i, ICE_LAKE],
  [/(Platinum|Gold|Silver|Bronze) \d4\d{2}/i, SAPPHIRE_RAPIDS],
  [/(Platinum|Gold|Silver|Bronze) \d5\d{2}/i, EMERALD_RAPIDS],
];

/** Intel family 6 models, decimal, from Linux arch/x86/include/asm/intel-family.h. Model 85 is split by stepping below. */
const INTEL_MODELS: Readonly<Record<number, string>> = {
  45: 'Sandy Bridge', // 0x2D SANDYBRIDGE_X
  62: 'Ivy Bridge', // 0x3E IVYBRIDGE_X
  63: 'Xeon E5 v3 Haswell', // 0x3F HASWELL_X
  79: 'Xeon E5 v4 Broadwell', // 0x4F BROADWELL_X
  106: ICE_LAKE, // 0x6A ICELAKE_X
  108: ICE_LAKE, // 0x6C ICELAKE_D
  143: SAPPHIRE_RAPIDS, // 0x8F SAPPHIRERAPIDS_X
  207: EMERALD_RAPIDS, // 0xCF EMERALDRAPIDS_X
  173: XEON_6P, // 0xAD GRANITERAPIDS_X
  174: XEON_6P, // 0xAE GRANITERAPIDS_D
  175: XEON_6E, // 0xAF ATOM_CRESTMONT_X, Sierra Forest
  158: 'Coffee Lake', // 0x9E KABYLAKE, Xeon E-2100 and E-2200 among them
};

/** 0x55 SKYLAKE_X: steppings up to 4 are Skylake, 5 to 7 Cascade Lake, 10 and 11 Cooper Lake (the same header's users). */
const model85 = (stepping: number | undefined): string =>
  stepping === undefined || stepping <= 4 ? SKYLAKE : stepping <= 9 ? CASCADE_LAKE : ICE_LAKE;

/**
 * AMD server parts by cpuid family and first model of a range of sixteen: AMD processor programming references, and
 * Linux arch/x86/kernel/cpu/amd.c for the generations. Siena shares its model with Bergamo: without a name they are one.
 */
const AMD_MODELS: Readonly<Record<string, string>> = {
  '23/0': NAPLES,
  '23/48': ROME,
  '25/0': MILAN,
  '25/16': GENOA,
  '25/160': GENOA,
  '25/96': EPYC_SMALL,
  '26/0': TURIN,
  '26/16': TURIN,
  '26/64': EPYC_SMALL,
};

/** Neoverse N1 (Arm part 0xd0c), the core of Altra and, at Amazon, of Graviton2; Linux arch/arm64/include/asm/cputype.h. */
const NEOVERSE_N1 = 0xd0c;

/**
 * Stand-ins where the processor is not in the table, chosen for their place in the middle of the maker's families and
 * for the number of results behind them; small desktop-class parts have stand-ins of their own.
 */
const generic = (inventory: Inventory): string | undefined => {
  const name = inventory.cpuModel ?? '';
  switch (inventory.cpuVendor) {
    case 'GenuineIntel':
      return /Core|Pentium|Celeron|Xeon.* (E3|E-2|W-1)/i.test(name) ? 'Coffee Lake' : CASCADE_LAKE;
    case 'AuthenticAMD':
      return /Ryzen|Athlon/i.test(name) ? EPYC_SMALL : MILAN;
    case 'ARM':
    case 'Ampere':
      return ALTRA;
    default:
      return undefined;
  }
};

const byName = (name: string): string | undefined => {
  const series = /EPYC/i.test(name) ? EPYC_SERIES : /Xeon/i.test(name) ? XEON_SERIES : [];
  return (
    series.find(([pattern]) => pattern.test(name))?.[1] ?? (/Ampere.*Altra/i.test(name) ? ALTRA : undefined)
  );
};

const byCpuid = (inventory: Inventory): string | undefined => {
  const { cpuVendor, cpuFamily, cpuModelNumber: model, cpuStepping } = inventory;
  if (model === undefined) return undefined;
  if (cpuVendor === 'GenuineIntel' && cpuFamily === 6)
    return model === 85 ? model85(cpuStepping) : INTEL_MODELS[model];
  // A desktop Ryzen shares family and model range with the server part: only EPYC is told by them.
  if (cpuVendor === 'AuthenticAMD' && /EPYC/i.test(inventory.cpuModel ?? 'EPYC')) {
    return AMD_MODELS[`${cpuFamily}/${model - (model % 16)}`];
  }
  return cpuVendor === 'ARM' && model === NEOVERSE_N1 && !/Amazon/i.test(inventory.product ?? '')
    ? ALTRA
    : undefined;
};

/** Finds the table's family of a processor by its name, else by cpuid, else a stated stand-in; undefined if none fits. */
export const cpuFamily = (inventory: Inventory): CpuFamily | undefined => {
  const named = byName(inventory.cpuModel ?? '');
  if (named !== undefined) return { family: named, by: 'name' };
  const identified = byCpuid(inventory);
  if (identified !== undefined) return { family: identified, by: 'cpuid' };
  const stand = generic(inventory);
  return stand === undefined ? undefined : { family: stand, by: 'generic' };
};
