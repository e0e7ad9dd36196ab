/** Comparisons and verdicts: everything that the index does not load by itself. */
export { priceAt } from './carbon/tariff.ts';
export { compareSides, evaluateMeasure, weeksAround } from './evaluate.ts';
export { detectableRows } from './evaluate-detectable.ts';
export { evaluateOverlap } from './evaluate-overlap.ts';
export { comparisonCsv, comparisonMarkdown } from './exporters/comparison-forms.ts';
export { comparisonJson, measureJson } from './exporters/comparison-json.ts';
export { comparisonText } from './exporters/comparison-text.ts';
export { measureCsv, measureMarkdown } from './exporters/measure-forms.ts';
export { comparisonHtml, measureHtml } from './exporters/measure-html.ts';
export { measureText } from './exporters/measure-text.ts';
export { VERDICTS } from './exporters/measure-words.ts';
export { historyOptions, openHistory } from './history/index.ts';
export { openRecorded, recordHistory } from './history/recorded.ts';
export type { Comparison, MeasureReport, Verdict } from './model/comparison.ts';
export { type HistoryEngine, HistoryError, type TimeWindow, type WorkTerm } from './model/history.ts';
export type { OverlapOutcome } from './savings/overlap-model.ts';
export { readUsageHours, readUsageSpan } from './store/read-usage.ts';
