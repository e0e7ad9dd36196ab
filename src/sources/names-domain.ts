import type { WorkloadFacts } from '../model/facts.ts';
import { asText, present } from './names-json.ts';

/** A virtual machine as libvirt's file tells of it. */
export interface Domain {
  /** Number of the running machine; absent in a definition. */
  readonly id?: string;
  readonly name: string;
  readonly facts: WorkloadFacts;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const plain = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name] ?? '');

/**
 * A domain from its XML (libvirt.org/formatdomain.html), or from the status that libvirt keeps of a running one, in which
 * it stands behind the state of the driver. Undefined where there is none.
 *
 * libvirt writes name, uuid and vcpu before all that has parts with like names (metadata, devices), each on its own line
 * without a prefix: the first one is the machine's.
 */
export const domainIn = (xml: string): Domain | undefined => {
  const begin = /<domain\s[^>]{0,512}>/.exec(xml);
  if (begin === null) return undefined;
  const body = xml.slice(begin.index + begin[0].length);
  const name = /<name>([^<]{1,1024})<\/name>/.exec(body)?.[1];
  const shown = name === undefined ? undefined : asText(plain(name));
  if (shown === undefined) return undefined;
  const id = /\sid=['"](\d{1,10})['"]/.exec(begin[0])?.[1];
  const uuid = /<uuid>([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})<\/uuid>/.exec(body)?.[1];
  const processors = processorsIn(body);
  return {
    ...(id === undefined ? {} : { id }),
    name: shown,
    facts: {
      labels: present({ name: shown, vm_uuid: uuid?.toLowerCase() }),
      ...(processors === undefined ? {} : { reservedProcessors: processors }),
    },
  };
};

/** `<vcpu placement='static' current='2'>4</vcpu>`: those that are plugged in now, else all. */
const processorsIn = (body: string): number | undefined => {
  const [, attributes = '', most] = /<vcpu(\s[^>]{0,512})?>(\d{1,5})<\/vcpu>/.exec(body) ?? [];
  const count = Number(/\scurrent=['"](\d{1,5})['"]/.exec(attributes)?.[1] ?? most);
  return count > 0 ? count : undefined;
};
