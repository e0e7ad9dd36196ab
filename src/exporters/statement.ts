import type { Equivalence, Statement } from '../carbon/statement.ts';

export const STATEMENT_FORMATS = ['table', 'json', 'csv', 'md', 'html'] as const;
export type StatementFormat = (typeof STATEMENT_FORMATS)[number];

/** The statement in a form. Equivalences are for people: machine output never has them. */
export const writeStatement = async (
  statement: Statement,
  format: StatementFormat,
  equivalences: readonly Equivalence[],
): Promise<string> => {
  switch (format) {
    case 'table':
      return (await import('./statement-table.ts')).statementTable(statement, equivalences);
    case 'json':
      return (await import('./statement-json.ts')).statementJson(statement);
    case 'csv':
      return (await import('./statement-json.ts')).statementCsv(statement);
    case 'md':
      return (await import('./statement-markdown.ts')).statementMarkdown(statement, equivalences);
    case 'html':
      return (await import('./statement-html.ts')).statementHtml(statement, equivalences);
  }
};
