import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { absent, type Found, found, unanswered, unreadable } from '../model/found.ts';
import type { Meter, Reading } from '../model/meter.ts';
import type { Clock, HostPaths, OpenSource, SampleDraft, Source } from '../model/source.ts';
import { SourceError } from '../model/source-error.ts';
import { type Seconds, seconds, watts } from '../units.ts';
import { errnoOf } from './failure.ts';
import { askBmc, METER_ID, NotMeasured, TIMEOUT } from './ipmi-ask.ts';
import type { IpmiOptions } from './ipmi-options.ts';
import { type FoundTool, findTool } from './ipmi-tools.ts';
import { SlowPoll } from './slow-poll.ts';

const NAME = 'ipmi';
/** Names that the kernel's ipmi_devintf driver and udev give the first controller. */
const DEVICES = ['dev/ipmi0', 'dev/ipmi/0', 'dev/ipmidev/0'];
/** A BMC that does not measure power is not asked again before this. */
const REST = seconds(900);

/** DCMI power of the whole host, asked from its BMC by an installed program; only where there is such a device. */
export const ipmiSource = (options: IpmiOptions): Source => {
  // For the life of the source: neither may a new opening ask a BMC that has just said no.
  const verdict: Verdict = { until: seconds(0), found: undefined };
  return {
    name: NAME,
    rare: true,
    summary: 'power of the whole host from its BMC, in-band: IPMI DCMI, by ipmitool, FreeIPMI or ipmiutil',
    open: (paths, clock) => openIpmi(paths, clock, options, verdict),
  };
};

interface Verdict {
  until: Seconds;
  found: Found<never> | undefined;
}

const openIpmi = async (
  paths: HostPaths,
  clock: Clock,
  options: IpmiOptions,
  verdict: Verdict,
): Promise<Found<OpenSource>> => {
  const device = await findDevice(paths.rootfs);
  if (!device.found) return device;
  const program = await findTool(paths.rootfs, options.command);
  if (program === undefined) {
    const wanted = options.command === 'auto' ? 'ipmitool, ipmi-dcmi or ipmiutil' : options.command;
    return absent(
      `${device.value} is there, but no program that asks it: no ${wanted} in the usual places`,
      `Install ${options.command === 'auto' ? 'ipmitool' : options.command}.`,
    );
  }
  if (verdict.found !== undefined && clock.monotonic() < verdict.until) return verdict.found;
  const asked = clock.monotonic();
  const ask = (signal?: AbortSignal): Promise<Reading> => askBmc(program, clock, signal);
  try {
    const first = await ask();
    return found(new OpenIpmi(program, options, clock, ask, { reading: first, asked }));
  } catch (cause) {
    if (!(cause instanceof SourceError)) throw cause;
    if (cause instanceof NotMeasured) {
      verdict.until = seconds(clock.monotonic() + REST);
      verdict.found = absent(cause.message, cause.fix);
      return verdict.found;
    }
    return cause.kind === 'fatal'
      ? unreadable(cause.message, cause.fix)
      : unanswered(cause.message, cause.fix);
  }
};

const findDevice = async (rootfs: string): Promise<Found<string>> => {
  for (const name of DEVICES) {
    const path = join(rootfs, name);
    try {
      // Opened, not asked with access(2), which looks at neither the effective user nor at capabilities.
      const device = await open(path, 'r+');
      await device.close();
      return found(path);
    } catch (cause) {
      if (!['EACCES', 'EPERM', 'EROFS'].includes(errnoOf(cause))) continue;
      return unreadable(
        `${path} is there and this user may not open it`,
        `Run negawatt as root, or give its user access to the device: chgrp negawatt ${path} && chmod g+rw ${path}, kept by a udev rule.`,
      );
    }
  }
  return absent(
    `no IPMI device: none of ${DEVICES.join(', ')} below ${rootfs}`,
    'If the server has a BMC, load the drivers: modprobe ipmi_si ipmi_devintf.',
  );
};

/** Plausibility limit of a whole host, power reference 1.1. */
const CEILING = watts(20_000);

class OpenIpmi implements OpenSource {
  readonly quality = 'derived';
  readonly detail: string;
  readonly #meter: Meter;
  readonly #poll: SlowPoll<Reading>;
  #first: Reading | undefined;

  constructor(
    { tool, path }: FoundTool,
    options: IpmiOptions,
    clock: Clock,
    ask: (signal: AbortSignal) => Promise<Reading>,
    first: { readonly reading: Reading; readonly asked: Seconds },
  ) {
    this.detail = `DCMI power by ${path}, every ${options.interval} s`;
    this.#first = first.reading;
    const interval = seconds(options.interval);
    this.#meter = {
      id: METER_ID,
      source: NAME,
      domain: 'platform',
      label: `IPMI DCMI (${tool.name})`,
      reads: { as: 'power' },
      quality: 'derived',
      ceiling: CEILING,
      interval,
    };
    const silence = {
      what: `${path} was killed and does not end`,
      fix: 'The IPMI driver hangs: see dmesg. Reset the BMC, or restart the host.',
    };
    this.#poll = new SlowPoll({ ask, interval, clock, patience: seconds(2 * TIMEOUT), silence }, first.asked);
  }

  read(draft: SampleDraft): void {
    draft.meters.push(this.#meter);
    if (this.#first !== undefined) draft.readings.push(this.#first);
    this.#first = undefined;
    draft.readings.push(...this.#poll.take());
    const { failure } = this.#poll;
    if (failure !== undefined) throw failure;
  }

  close(): void {
    this.#poll.close();
  }
}
