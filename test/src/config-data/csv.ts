/** Records of a comma-separated text with a header, quotes doubled inside quotes (RFC 4180). */
export const parseCsv = (text: string): readonly Readonly<Record<string, string>>[] => {
  const lines = text.trimEnd().split('\n').map(fieldsOf);
  const [header = [], ...records] = lines;
  return records.map((record) => Object.fromEntries(header.map((name, at) => [name, record[at] ?? ''])));
};

const fieldsOf = (line: string): readonly string[] =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? '',
  );
