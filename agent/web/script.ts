/** Script of the page: fetches the page anew and puts its parts in place. The page is whole without it. */
export const SCRIPT = `'use strict';
(() => {
  const EVERY_MS = 10000;
  const PARTS = ['main', 'footer .fine', '#freshness time'];
  const place = document.querySelector('#refresh');
  let paused = false;

  const button = document.createElement('button');
  button.type = 'button';
  const message = document.createElement('span');
  message.setAttribute('role', 'status');
  const label = () => { button.textContent = paused ? 'Resume updates' : 'Pause updates'; };
  button.addEventListener('click', () => { paused = !paused; label(); });
  label();
  place.append(button, message);

  const refresh = async () => {
    if (paused || document.hidden) return;
    const focused = document.activeElement;
    if (focused !== null && document.querySelector('main').contains(focused)) return;
    if (!getSelection().isCollapsed) return;
    try {
      const answer = await fetch('/', { signal: AbortSignal.timeout(EVERY_MS) });
      if (!answer.ok) throw new Error(String(answer.status));
      const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
      for (const part of PARTS) document.querySelector(part).replaceWith(next.querySelector(part));
      document.title = next.title;
      message.textContent = '';
    } catch {
      message.textContent = ' The agent does not answer: these figures are old.';
    }
  };
  setInterval(refresh, EVERY_MS);
})();
`;
