/** Text of somebody else as a note or a message can show it: one line, short, without what a terminal would obey. */
export const oneLine = (text: string, most = 160): string => {
  const plain = text
    .slice(0, most * 4)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\s]+/gu, ' ')
    .trim();
  return plain.length > most ? `${plain.slice(0, most - 3)}...` : plain;
};

/** Takes secrets out of a text, as they are and as a URL and JSON write them. To be done before the text is cut. */
export const redacted = (text: string, secrets: readonly string[] = []): string => {
  const forms = secrets
    .filter((one) => one !== '')
    .flatMap((one) => [one, encodeURIComponent(one), JSON.stringify(one).slice(1, -1)]);
  // The longest first: a secret may be the beginning of another.
  return forms
    .toSorted((a, b) => b.length - a.length)
    .reduce((shown, form) => shown.replaceAll(form, '***'), text);
};
