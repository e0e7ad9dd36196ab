import { type Html, html } from './html.ts';

const fact = (what: string, text: string): Html => html`<div><dt>${what}</dt><dd>${text}</dd></div>`;

/** For whoever meets the words for the first time, beside the verdicts; the method says the same at length. */
export const VERDICT_WORDS: Html = html`<details>
    <summary>What the verdicts and letters mean</summary>
    <dl class="facts">
      ${fact('VERIFIED', 'The whole interval is a saving, and the evidence is A, B or C.')}
      ${fact('INDICATIVE', 'The whole interval is a saving, but the evidence is D, or what the service suffered is not known.')}
      ${fact('NOT SHOWN', '0 is in the interval: neither a saving nor that there is none was shown.')}
      ${fact('INCREASE', 'The whole interval is more energy than expected.')}
      ${fact('CANNOT TELL', 'No figure can be given; the reasons stand with the measure.')}
      ${fact('Evidence A', 'Drawn at random: an on/off test, or random hosts.')}
      ${fact('B', 'Compared with like hosts that were not touched.')}
      ${fact('C', 'Before against after, by a method that was tried where nothing changed.')}
      ${fact('D', 'Planned after the start, or too little past to know how often the method is right.')}
      ${fact('E', 'Nothing to judge by.')}
    </dl>
  </details>`;
