import type { HistoryChunk } from '../model/history.ts';
import { hostLines, hostsFrom, scopeFrom, scopeLines } from './recorded-columns.ts';

interface Head {
  readonly from: number;
  readonly step: number;
  readonly length: number;
  readonly hosts: readonly string[];
  readonly perHostWork: number;
  readonly widths: { readonly work: number; readonly drivers: number; readonly guards: number };
}

/** A day of a history as text: a line that says what follows, then the columns of the hosts and of the scope. Exact. */
export const dayText = (chunk: HistoryChunk): string => {
  const { from, step, length, hosts, work, drivers, guards } = chunk;
  const head: Head = {
    ...{ from, step, length },
    hosts: hosts.map(({ host }) => host),
    perHostWork: hosts[0]?.work.length ?? 0,
    widths: { work: work.length, drivers: drivers.length, guards: guards.length },
  };
  return `${JSON.stringify(head)}\n${hostLines(chunk)}${scopeLines(chunk)}`;
};

/** Undefined where the text is none that `dayText` made. */
export const dayFrom = (text: string): HistoryChunk | undefined => {
  try {
    const lines = text.split('\n');
    let at = 1;
    const next = (): string => lines[at++] ?? '';
    const { from, step, length, hosts, perHostWork, widths } = JSON.parse(lines[0] ?? '') as Head;
    const frame = { from, step, length };
    return { ...frame, hosts: hostsFrom(next, hosts, frame, perHostWork), ...scopeFrom(next, frame, widths) };
  } catch {
    return undefined;
  }
};
