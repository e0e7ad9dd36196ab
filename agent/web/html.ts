/** Markup that is safe to send: made by `html` alone, which escapes all that is put into it. */
export interface Html {
  readonly markup: string;
}

export type Content = Html | string | number | undefined | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
/** Names of workloads are other people's text: what would control or reorder the screen is shown as U+FFFD. */
const UNPRINTABLE = /[\p{Cc}\p{Surrogate}\u202a-\u202e\u2066-\u2069]/gu;

export const escapeHtml = (text: string): string =>
  text.replace(UNPRINTABLE, '\uFFFD').replace(/[&<>"']/g, (letter) => ENTITIES[letter] ?? '');

const markupOf = (content: Content): string => {
  if (content === undefined) return '';
  if (typeof content === 'string' || typeof content === 'number') return escapeHtml(String(content));
  return 'markup' in content ? content.markup : content.map(markupOf).join('');
};

/** Template of a piece of the page. Text is escaped, pieces are put in as they are, lists one after the other. */
export const html = (parts: TemplateStringsArray, ...contents: readonly Content[]): Html => ({
  markup: parts.reduce((made, part, i) => made + markupOf(contents[i - 1]) + part),
});
