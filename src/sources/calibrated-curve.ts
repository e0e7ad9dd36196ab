import { absent, type Found, found } from '../model/found.ts';
import type { Inventory } from '../model/host.ts';
import type { DomainKind, LoadCurve } from '../model/meter.ts';
import { ratio, scale, watts } from '../units.ts';
import type { CurveFile } from './curve-file.ts';

/** A curve with the part of the host that it stands for. */
export interface PlacedCurve {
  readonly curve: LoadCurve;
  readonly domain: DomainKind;
}

/**
 * The measured curve as this host's own. A guest gets its share by hardware threads; it often hides its processor, so
 * that only the operator can know whether the file is of the same type. Bare metal of another type is refused.
 *
 * @param guestThreads `sources.model.guest_threads`, for a guest alone.
 */
export const calibratedCurve = (
  file: CurveFile,
  inventory: Inventory,
  guestThreads: number | undefined,
): Found<PlacedCurve> => {
  const guest = inventory.hypervisor !== undefined;
  const threads = (guest ? guestThreads : undefined) ?? inventory.threads;
  const measured = `${file.cpu_model} with ${file.threads} threads`;
  if (threads === undefined) {
    return absent(
      'the hardware threads of this host are not known: the calibrated curve cannot be scaled to it',
      'In a guest set sources.model.guest_threads; on bare metal calibrate this host itself.',
    );
  }
  if (guest && threads > file.threads) {
    return absent(
      `this guest holds ${threads} threads and the calibrated host has ${file.threads}`,
      'Set sources.model.guest_threads to the threads of the physical host that it holds.',
    );
  }
  const model = inventory.cpuModel;
  if (!guest && (threads !== file.threads || (model !== undefined && model !== file.cpu_model))) {
    return absent(
      `the calibrated curve is of ${measured}, this host is ${model ?? 'unknown'} with ${threads}`,
      'Calibrate a host of this type and name its file in sources.model.curve_file.',
    );
  }
  const share = threads / file.threads;
  const part = guest ? `, ${threads} of its ${file.threads} threads` : '';
  return found({
    // A curve of processors and memory is the packages' without the rest of the host.
    domain: file.covers === 'components' ? 'package' : file.covers,
    curve: {
      name: `${file.name}${part}`,
      citation: `calibrated on ${file.host}, ${file.date.slice(0, 10)} against ${file.meter}`,
      points: file.points.map(({ load, watts: power }) => ({
        load: ratio(load),
        power: scale(watts(power), share),
      })),
      errorBand: ratio(file.error_band),
      calibrated: true,
    },
  });
};
