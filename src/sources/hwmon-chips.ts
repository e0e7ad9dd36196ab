import type { DomainKind } from '../model/meter.ts';
import { type Watts, watts } from '../units.ts';

/** What a channel says about itself. */
export interface ChannelName {
  /** Driver's name of the chip, `amdgpu`. */
  readonly chip: string;
  /** Kind and number, `power1` or `energy2`. */
  readonly channel: string;
  readonly label?: string;
  /** Rail named by the firmware, `Module Power Socket 0` (power1_oem_info of NVIDIA Grace). */
  readonly rail?: string;
  /** The chip is of a processor with a GPU inside: what it meters is the whole socket. */
  readonly socketed?: boolean;
}

/** What is known of a channel: the domain it meters, and which other channel already contains it. */
export interface ChannelTraits {
  readonly domain: DomainKind;
  readonly socket?: number;
  /** Name under which others may lie inside this one; `scope` host: on any chip, else on the same device. */
  readonly key?: string;
  readonly inside?: string;
  readonly scope?: 'device' | 'host';
  readonly yieldsTo?: readonly DomainKind[];
}

/** Plausibility limits of power reference 1.1; a module is a package and a GPU, anything else a platform. */
export const ceilingOf = (domain: DomainKind): Watts => {
  switch (domain) {
    case 'package':
    case 'core':
    case 'uncore':
      return watts(1000);
    case 'dram':
      return watts(300);
    case 'gpu':
      return watts(2000);
    case 'module':
      return watts(3000);
    default:
      return watts(20_000);
  }
};

/**
 * Drivers of power supplies (Linux drivers/hwmon/pmbus). Voltage regulators have the same labels `pin` and `pout1`,
 * so that the label alone does not make a supply.
 */
const SUPPLIES =
  /^(cffps\d?|ipsps1|dps\d+\w*|ym2151e?|yh5151e|crps185|intel_crps185|bpa_rs600|pfe1100|pfe3000|pfe1500|fsg032|acbel_fsg032|hac300s|sgd009)$/;

const UNKNOWN: ChannelTraits = { domain: 'unknown' };

/** An APU counts its cores too: RAPL counts the same where it is there (power reference 2.11). */
const SOCKET: ChannelTraits = { domain: 'module', yieldsTo: ['package'] };

/** Grace: module > {Grace > {CPU, SysIO, memory}, GPU}; one ACPI meter a rail (power reference 2.5). */
const graceRail = (rail: string): ChannelTraits | undefined => {
  const match = /^(Module|Grace|CPU|SysIO) Power Socket (\d+)/.exec(rail);
  if (match === null) return undefined;
  const socket = Number(match[2]);
  const common = { socket, scope: 'host' } as const;
  switch (match[1]) {
    case 'Module':
      return { ...common, domain: 'module', key: `module-${socket}` };
    case 'Grace':
      return { ...common, domain: 'package', key: `grace-${socket}`, inside: `module-${socket}` };
    case 'CPU':
      return { ...common, domain: 'core', inside: `grace-${socket}` };
    default:
      return { ...common, domain: 'uncore', inside: `grace-${socket}` };
  }
};

const ryzen = (label: string): ChannelTraits => {
  if (/package/i.test(label)) return { domain: 'package', key: 'package' };
  if (/core/i.test(label)) return { domain: 'core', inside: 'package' };
  return /soc/i.test(label) ? { domain: 'uncore', inside: 'package' } : UNKNOWN;
};

/**
 * Looks a channel up; 'skip' for those that are no meter of ours. Chips that are not in the table are exported as
 * `unknown` and never summed. Labels are the drivers' own, documented below Linux Documentation/hwmon.
 */
export const traitsOf = ({
  chip,
  channel,
  label = '',
  rail = '',
  socketed,
}: ChannelName): ChannelTraits | 'skip' => {
  const first = channel.endsWith('1') && channel.replace(/\D/g, '') === '1';
  switch (chip) {
    case 'amdgpu':
      if (first && socketed === true) return SOCKET;
      return first ? { domain: 'gpu' } : UNKNOWN;
    case 'nouveau':
      return first ? { domain: 'gpu' } : UNKNOWN;
    case 'i915':
    case 'xe':
      return first ? { domain: 'gpu', key: 'card' } : { domain: 'gpu', inside: 'card' };
    case 'power_meter':
      return graceRail(rail) ?? { domain: 'platform' };
    case 'k10temp':
    case 'zenpower':
      return ryzen(label);
    case 'amd_energy':
      // The package's own register, read through another driver; and one channel for each core.
      return /^Esocket/.test(label) ? UNKNOWN : 'skip';
    case 'apm_xgene':
      return label === 'CPU power' ? { domain: 'package' } : UNKNOWN;
    default:
      break;
  }
  if (/^i915_gt\d+$/.test(chip)) return { domain: 'gpu', inside: 'card' };
  if (SUPPLIES.test(chip)) {
    if (/^pin\d*$/.test(label)) return { domain: 'platform_in' };
    return /^pout\d*$/.test(label) ? { domain: 'platform_out' } : UNKNOWN;
  }
  return UNKNOWN;
};
