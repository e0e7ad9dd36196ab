/** Stylesheet of the page. Both colour schemes hold WCAG 2.2 AA: text at least 4.5 to 1. */
export const STYLE = `:root {
  color-scheme: light dark;
  --ground: #f5f6f4; --card: #ffffff; --text: #1b1f1d; --soft: #565f5a; --line: #dde2de;
  --dynamic: #0b7a53; --idle: #9aa8a1; --link: #0b6a49; --track: #e8ece9;
  --good: #0b6a49; --good-ground: #ddf3e8; --fair: #1d5a8f; --fair-ground: #e0eefa;
  --warn: #7a4a00; --warn-ground: #fdeccb; --bad: #a32018; --bad-ground: #fde4e1; --calm-ground: #eceeed;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #121614; --card: #1b211e; --text: #e9eeeb; --soft: #a3aea8; --line: #2f3833;
    --dynamic: #35b886; --idle: #66736c; --link: #5fd3a5; --track: #2a322e;
    --good: #7fe0b8; --good-ground: #16392b; --fair: #9bcbf5; --fair-ground: #17324a;
    --warn: #f7c873; --warn-ground: #463109; --bad: #ffaaa2; --bad-ground: #4c1d19; --calm-ground: #29302c;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem 1.25rem 2rem; max-width: 72rem; background: var(--ground); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
p, h1, h2, ul, dl, dd { margin: 0; }
header { margin-bottom: 1.25rem; }
h1 { font-size: 1.75rem; line-height: 1.2; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { font-size: 0.95rem; font-weight: 600; }
sub { line-height: 0; font-size: 0.75em; }
code { font: 0.9em ui-monospace, "DejaVu Sans Mono", Menlo, monospace; overflow-wrap: anywhere; }
.brand { color: var(--dynamic); font-weight: 700; letter-spacing: 0.02em; }
.fine { color: var(--soft); font-size: 0.875rem; }
.grid { display: grid; gap: 1rem; grid-template-columns: repeat(2, minmax(0, 1fr)); }
.card { padding: 1rem 1.25rem 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px; overflow-wrap: anywhere; }
.card > * + * { margin-top: 0.4rem; }
.wide { grid-column: 1 / -1; }
.big { font-size: 2.5rem; font-weight: 650; line-height: 1.15; letter-spacing: -0.02em; }
.unit { font-size: 1.25rem; font-weight: 500; color: var(--soft); letter-spacing: 0; }
.pill { display: inline-block; padding: 0 0.55em; border-radius: 1em; font-size: 0.8125rem; font-weight: 600; line-height: 1.6; white-space: nowrap; background: var(--calm-ground); color: var(--soft); }
.pill.measured, .pill.up { background: var(--good-ground); color: var(--good); }
.pill.derived { background: var(--fair-ground); color: var(--fair); }
.pill.estimated, .pill.unreadable, .pill.example { background: var(--warn-ground); color: var(--warn); }
.pill.failing { background: var(--bad-ground); color: var(--bad); }
.bar { display: block; width: 100%; height: 0.6rem; border-radius: 0.3rem; }
rect.dynamic { fill: var(--dynamic); } rect.idle { fill: var(--idle); } rect.track { fill: var(--track); }
.key { display: inline-block; width: 0.7em; height: 0.7em; margin-right: 0.45em; border-radius: 2px; }
.key.dynamic { background: var(--dynamic); } .key.idle { background: var(--idle); }
dt { color: var(--soft); font-size: 0.875rem; }
.pair { display: flex; flex-wrap: wrap; gap: 0.25rem 2rem; }
.pair dd { font-weight: 600; }
.facts div { display: grid; grid-template-columns: 4.75rem 1fr; gap: 0.5rem; }
.facts dd { font-size: 0.9375rem; }
.banner { margin-bottom: 1rem; padding: 1rem 1.25rem; border-radius: 10px; background: #ffd54a; color: #1f1700; border: 2px solid #1f1700; }
.banner h2 { font-size: 1.25rem; line-height: 1.3; }
.banner > * + * { margin-top: 0.4rem; }
.banner .fine { color: #3d2f00; }
.banner code { background: #fff1bd; }
.ways { padding-left: 1.25rem; }
code { padding: 0 0.3em; border-radius: 4px; background: var(--calm-ground); }
table { width: 100%; border-collapse: collapse; font-size: 0.9375rem; }
th, td { padding: 0.5rem 0.75rem 0.5rem 0; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
thead th { white-space: nowrap; border-top: 0; color: var(--soft); font-size: 0.8125rem; font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 600; }
tbody th .fine { display: block; font-weight: 400; }
.name { overflow-wrap: anywhere; }
.reserved .name { font-style: italic; }
.number { text-align: right; white-space: nowrap; }
th.number:last-child, td.number:last-child { padding-right: 0; }
.share { display: grid; grid-template-columns: minmax(3rem, 1fr) 3.75rem; align-items: center; gap: 0.6rem; min-width: 8rem; }
.share span { text-align: right; }
.part th { padding-left: 1.25rem; }
.held { white-space: normal; }
.work { display: block; }
.work .fine { display: block; font-weight: 400; }
.fix { display: block; margin-top: 0.2rem; }
button { padding: 0.1rem 0.6rem; font: inherit; font-size: 0.8125rem; color: var(--text); background: var(--card); border: 1px solid var(--soft); border-radius: 6px; cursor: pointer; }
footer { margin-top: 1.5rem; }
nav { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin-bottom: 0.4rem; }
@media (max-width: 44rem) {
  body { padding: 1rem 0.75rem 1.5rem; }
  .grid { grid-template-columns: minmax(0, 1fr); }
  .card { padding: 0.9rem 1rem 1rem; }
  .big { font-size: 2.1rem; }
  .stack thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stack, .stack tbody { display: block; }
  .stack tr { display: flex; flex-wrap: wrap; gap: 0.15rem 1.5rem; padding: 0.6rem 0; border-top: 1px solid var(--line); }
  .stack tr:first-child { border-top: 0; }
  .stack th, .stack td { padding: 0; border: 0; text-align: left; }
  .stack tbody th, .stack td:first-of-type[data-label], .stack td:last-child:not(.number) { flex: 1 0 100%; }
  .stack td[data-label]::before { content: attr(data-label); display: block; color: var(--soft); font-size: 0.8125rem; }
  .stack td.unknown { display: none; }
  .stack tr.part { padding-left: 1rem; border-top-style: dotted; }
  .facts div { grid-template-columns: 4.25rem 1fr; }
}
`;
