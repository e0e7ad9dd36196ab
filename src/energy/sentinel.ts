/**
 * Values by which drivers and firmware say "no reading". Compared before conversion: as doubles the 64-bit ones
 * would round to their neighbours. Sources: IPMI and ACPI 0xFFFFFFFF, the ACPI meter driver's thousandfold of it
 * (drivers/hwmon/acpi_power_meter.c multiplies milliwatts by 1000), all ones and the largest value of 64 bits, and the
 * 64-bit blanks of DCGM (dcgm_fields.h: blank, not found, not supported, not permissioned).
 */
const SENTINELS: ReadonlySet<bigint> = new Set([
  0xffff_ffffn,
  0xffff_ffffn * 1000n,
  0xffff_ffff_ffff_ffffn,
  0x7fff_ffff_ffff_ffffn,
  0x7fff_ffff_ffff_fff0n,
  0x7fff_ffff_ffff_fff1n,
  0x7fff_ffff_ffff_fff2n,
  0x7fff_ffff_ffff_fff3n,
]);

/** Whether a raw reading means "not available" or lies outside what any counter can hold. */
export const isSentinel = (raw: bigint): boolean =>
  raw < 0n || raw > 0xffff_ffff_ffff_ffffn || SENTINELS.has(raw);
