import { GridError } from '../model/grid.ts';

/** An element of a document: attributes are not kept, as no provider here says anything in them. */
export interface XmlElement {
  /** Without the prefix of its namespace. */
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** Text directly inside, trimmed. */
  readonly text: string;
}

interface Open {
  readonly name: string;
  readonly children: Open[];
  text: string;
}

/** Documents of providers are flat and some ten thousand elements long. */
const [MOST_DEPTH, MOST_ELEMENTS] = [32, 500_000];
/** A declaration or instruction, a comment, an end tag, a start tag with its attributes, or text. */
const TOKEN =
  /<\?[^>]*>|<!--[\s\S]*?-->|<\/([\w:.-]+)\s*>|<([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|[^<]+/y;
/** The five that XML itself names (XML 1.0, 4.6); documents that declare others are refused. */
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

const broken = (why: string): GridError =>
  new GridError('failed', `the answer is no XML that is read here: ${why}`);

const plain = (text: string): string =>
  text.replace(/&([^;&]{0,12});?/g, (_, name: string) => {
    const known = Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined;
    if (known === undefined) throw broken('an entity');
    return known;
  });

/**
 * Reads the part of XML that data comes in: elements and text. Document types, other entities and CDATA are refused, so
 * that nothing expands or is fetched. @throws GridError (failed) and nothing else
 */
export const parseXml = (body: string): XmlElement => {
  const document: Open = { name: '', children: [], text: '' };
  const path: Open[] = [document];
  const token = new RegExp(TOKEN);
  const end = body.trimEnd().length;
  token.lastIndex = body.startsWith('\ufeff') ? 1 : 0;
  for (let elements = 0; token.lastIndex < end; ) {
    const [all, closes, opens, , empty] = token.exec(body) ?? [];
    const parent = path.at(-1);
    if (all === undefined || parent === undefined)
      throw broken('a tag that does not end, or a document type');
    if (closes !== undefined) {
      if (path.length < 2 || parent.name !== local(closes)) throw broken('an end without its beginning');
      path.pop();
    } else if (opens !== undefined) {
      elements += 1;
      const element: Open = { name: local(opens), children: [], text: '' };
      parent.children.push(element);
      if (empty === '') path.push(element);
      if (path.length > MOST_DEPTH || elements > MOST_ELEMENTS) throw broken('too deep or too long');
    } else if (!all.startsWith('<')) {
      const text = plain(all).trim();
      if (text !== '') parent.text += text;
    }
  }
  const [root, ...more] = document.children;
  if (root === undefined || more.length > 0 || path.length > 1 || document.text !== '')
    throw broken('not one whole element');
  return root;
};

const local = (name: string): string => name.slice(name.indexOf(':') + 1);

/** The first child of that name. */
export const childOf = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
  element?.children.find((one) => one.name === name);

/** Text at the end of a path of first children; undefined where there is none. */
export const textAt = (element: XmlElement, ...path: readonly string[]): string | undefined =>
  path.reduce<XmlElement | undefined>(childOf, element)?.text;
