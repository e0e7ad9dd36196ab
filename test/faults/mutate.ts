/** Damage to good examples, the same for a seed: what broken, hostile or merely future writers may hand over. */

export type Pick = (most: number) => number;

const bytes = (...parts: readonly (string | readonly number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));

/** Pieces that parsers have stumbled over. */
const PIECES: readonly Buffer[] = [
  ...[
    '',
    '\0',
    '\n',
    '\r\n',
    '\n\n',
    ' ',
    '\t',
    ':',
    '=',
    ',',
    '"',
    "'",
    '\\',
    '{',
    '}',
    '[',
    ']',
    '<',
    '>',
    '%',
    '#',
  ],
  ...[
    '-',
    '-1',
    '0',
    '00',
    '1e999',
    '-1e999',
    '9e99',
    '1e-999',
    'NaN',
    'Infinity',
    'null',
    'true',
    '0x10',
    '1_000',
  ],
  ...[
    '4294967295',
    '4294967296',
    '9007199254740993',
    '18446744073709551615',
    '18446744073709551616',
    '9'.repeat(400),
  ],
  ...['__proto__', '"__proto__":{"polluted":1},', 'constructor', 'prototype', 'toString', 'hasOwnProperty'],
  ...[
    '../../etc/passwd',
    '/',
    '//',
    ' (deleted)',
    '&amp;',
    '&#0;',
    '<!--',
    ']]>',
    '<name>',
    '!!js/function',
    '*a',
    '&a ',
    '---\n',
  ],
  ...[
    '[['.repeat(2000),
    '{"a":'.repeat(1500),
    ']'.repeat(50),
    '(a)'.repeat(50),
    ' '.repeat(3000),
    'a'.repeat(3000),
    '\n'.repeat(500),
  ],
  ...[
    '\u202e',
    '\u0085',
    '\u2028',
    '\ufeff',
    '\\u0000',
    '\\ud800',
    '{{',
    '}}',
    '# TYPE x counter\n',
    'x{a="b"} 1\n',
  ],
].map((text) => Buffer.from(text));
const RAW: readonly Buffer[] = [
  bytes([0xff]),
  bytes([0xfe, 0xff]),
  bytes([0xc3]),
  bytes([0xed, 0xa0, 0x80]),
  bytes([0xf4, 0x90, 0x80, 0x80]),
  bytes([0xc0, 0x80]),
  Buffer.alloc(64),
  Buffer.alloc(64, 0xff),
];
const ALL = [...PIECES, ...RAW];

const one = <T>(of: readonly T[], pick: Pick): T => of[pick(of.length)] as T;

const damagedOnce = (input: Buffer, corpus: readonly Buffer[], pick: Pick): Buffer => {
  const at = pick(input.length + 1);
  const end = at + pick(1 + Math.min(input.length - at, 1 << pick(8)));
  const around = (piece: Buffer, until = at): Buffer =>
    Buffer.concat([input.subarray(0, at), piece, input.subarray(until)]);
  switch (pick(8)) {
    case 0: {
      const copy = Buffer.from(input);
      if (at < copy.length) copy[at] = (copy[at] ?? 0) ^ (1 << pick(8));
      return copy;
    }
    case 1:
      return input.subarray(0, at);
    case 2:
      return around(Buffer.alloc(0), end);
    case 3:
      return around(one(ALL, pick));
    case 4:
      return around(one(ALL, pick), end);
    case 5:
      return around(input.subarray(at, end));
    case 6: {
      // Another example from some place on.
      const other = one(corpus, pick);
      return around(other.subarray(pick(other.length + 1)), input.length);
    }
    default: {
      // A number in it becomes another one.
      const text = input.toString('latin1');
      const numbers = [...text.matchAll(/\d+/g)];
      const number = numbers.length === 0 ? undefined : one(numbers, pick);
      if (number === undefined) return around(one(ALL, pick));
      const value = one(
        ['0', '-1', '1', '4294967295', '18446744073709551615', '9'.repeat(30), '1e400', '0.1', ''],
        pick,
      );
      return Buffer.from(
        text.slice(0, number.index) + value + text.slice(number.index + number[0].length),
        'latin1',
      );
    }
  }
};

const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e308,
  5e-324,
  2 ** 53,
  '',
  '0',
  '\0',
  '__proto__',
  'a'.repeat(3000),
  '\ud800',
  [],
  {},
  [[]],
  [null],
  JSON.parse('{"__proto__":{"polluted":1}}'),
  JSON.parse('{"constructor":{"prototype":{"polluted":1}}}'),
];

/** JSON with one of its values replaced, moved, doubled or gone: damage that a parser of JSON lets through. */
const restructured = (input: Buffer, pick: Pick): Buffer | undefined => {
  let root: unknown;
  try {
    root = JSON.parse(input.toString());
  } catch {
    return undefined;
  }
  for (let times = 1 + pick(3); times > 0; times -= 1) {
    const places: (readonly [Record<string, unknown>, string])[] = [];
    const walk = (value: unknown): void => {
      if (typeof value !== 'object' || value === null || places.length > 2000) return;
      for (const key of Object.keys(value)) {
        places.push([value as Record<string, unknown>, key]);
        walk((value as Record<string, unknown>)[key]);
      }
    };
    walk(root);
    if (places.length === 0) break;
    const [holder, key] = one(places, pick);
    const [otherHolder, otherKey] = one(places, pick);
    const other = JSON.parse(JSON.stringify(otherHolder[otherKey] ?? null)) as unknown;
    const how = pick(6);
    if (how === 0) delete holder[key];
    else if (how === 1) holder[key] = other;
    else if (how === 2) holder[key] = [holder[key], other];
    else if (how === 3)
      Object.defineProperty(holder, one(['__proto__', 'constructor', otherKey], pick), define(other));
    else holder[key] = structuredClone(one(VALUES, pick));
  }
  return Buffer.from(JSON.stringify(root));
};
/** An own property even where its name is `__proto__`, as JSON.parse makes it. */
const define = (value: unknown): PropertyDescriptor => ({
  value,
  enumerable: true,
  writable: true,
  configurable: true,
});

export const damaged = (corpus: readonly Buffer[], pick: Pick): Buffer => {
  const good = one(corpus, pick);
  if (pick(2) === 0) {
    const other = restructured(good, pick);
    if (other !== undefined) return other;
  }
  let bad = good;
  for (let times = 1 + pick(4); times > 0; times -= 1) bad = damagedOnce(bad, corpus, pick);
  return bad;
};
