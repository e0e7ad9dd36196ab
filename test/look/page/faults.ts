/** What is wrong with how panels look, as far as a program can tell. */

/** Words that no reader should see; a dash is what an empty cell shows. */
const WORDS = /\b(NaN|undefined|null|Infinity)\b|No data|\[object|no frame|no column/;
/** What a panel says where nothing was answered, and no reason is known. */
const NOTHING = 'no data for this choice';

/** Names of control groups and of boards: their begin tells them apart, and a table shows the whole where it is pointed at. */
const LONG = 20;

/** Letters, in pixels. */
const SMALLEST = 9.5;

const textsIn = (element: Element): readonly Text[] => {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const found: Text[] = [];
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode())
    if ((node.textContent ?? '').trim() !== '' && node.parentElement?.closest('style') === null)
      found.push(node as Text);
  return found;
};

type Axis = 'x' | 'y';

/** Whether a part of a text lies outside of what clips it along an axis; what scrolls can be scrolled to. */
const cutAlong = (axis: Axis, text: Text, panel: Element): 'cut off' | 'to be scrolled to' | undefined => {
  const range = document.createRange();
  range.selectNodeContents(text);
  const box = range.getBoundingClientRect();
  if (box.width < 2) return undefined;
  for (let outer = text.parentElement; outer !== null && panel.contains(outer); outer = outer.parentElement) {
    const style = getComputedStyle(outer);
    const overflow = axis === 'x' ? style.overflowX : style.overflowY;
    const edge = outer.getBoundingClientRect();
    // Three dots come with the smallest part of a pixel.
    const over = style.textOverflow === 'ellipsis' ? 0.01 : 1;
    const isOut =
      axis === 'x'
        ? box.right > edge.right + over || box.left < edge.left - over
        : box.bottom > edge.bottom + 3 || box.top < edge.top - 3;
    if (['auto', 'scroll'].includes(overflow)) return isOut ? 'to be scrolled to' : undefined;
    if (overflow !== 'visible' && isOut) return 'cut off';
  }
  return undefined;
};

/** Colour on a canvas: axes and grids are grey, what is drawn of data is not. */
const hasColour = (canvas: HTMLCanvasElement): boolean => {
  const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
  for (let at = 0; at < data.length; at += 4) {
    const [red = 0, green = 0, blue = 0, alpha = 0] = data.slice(at, at + 4);
    if (alpha > 60 && Math.max(red, green, blue) - Math.min(red, green, blue) > 50) return true;
  }
  return false;
};

const faultsOfPanel = (panel: Element, isEmpty: boolean): readonly string[] => {
  const faults = new Map<string, Set<string>>();
  const add = (fault: string, words: string): void => {
    faults.set(fault, (faults.get(fault) ?? new Set()).add(`"${words}"`));
  };
  const chart = panel.querySelector('[data-chart]');
  const texts = textsIn(panel);
  const isTable = panel.matches('[data-type=table]');
  if (chart === null) return ['is not drawn'];
  const canvas = chart.querySelector('canvas');
  if (canvas === null ? textsIn(chart).length === 0 : !hasColour(canvas))
    add('has drawn nothing', panel.getAttribute('data-type') ?? '');
  for (const text of texts) {
    const words = text.textContent ?? '';
    if (WORDS.test(words) || (words === NOTHING && !isEmpty)) add('shows', words);
    if (text.parentElement !== null && parseFloat(getComputedStyle(text.parentElement).fontSize) < SMALLEST)
      add('is too small to read:', words);
    const [across, down] = [cutAlong('x', text, panel), cutAlong('y', text, panel)];
    // Rows of a table are scrolled to; so are none of its columns.
    const cut = across ?? (isTable && down === 'to be scrolled to' ? undefined : down);
    if (cut !== undefined && !(isTable && words.length > LONG)) add(cut, words);
  }
  return [...faults].map(([fault, words]) => `${fault} ${[...words].join(', ')}`);
};

/**
 * One line for each, after the title of its panel.
 *
 * @param isEmpty whether nothing was answered on purpose.
 */
export const faultsOf = (isEmpty: boolean): readonly string[] =>
  [...document.querySelectorAll('[data-panel]')].flatMap((panel) =>
    faultsOfPanel(panel, isEmpty).map((fault) => `${panel.getAttribute('data-panel')}: ${fault}`),
  );
