// The keyboard: `g` and a letter to go, `j` and `k` along rows, `/` to search, `?` for help.
import { useEffect, useEffectEvent } from 'react';

/** After `g`, so long for the letter, milliseconds. */
const SEQUENCE_MS = 1_200;

interface Shortcuts {
  /** By the letter after `g`. */
  readonly go: (letter: string) => boolean;
  readonly help: () => void;
}

/** Whether what has the focus takes letters itself. */
function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) {
    return true;
  }
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'submit'].includes(target.type);
}

/** Moves the focus along the page's rows: elements that carry `data-row`. */
function step(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('main [data-row]')];
  const at = rows.findIndex((row) => row === document.activeElement);
  const next = at === -1 ? rows.at(by === 1 ? 0 : -1) : rows[at + by];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

/** Listens while it is mounted; once, in the frame. */
export function useShortcuts({ go, help }: Shortcuts): void {
  const goTo = useEffectEvent(go);
  const showHelp = useEffectEvent(help);

  useEffect(() => {
    let since = -Infinity;
    const hear = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      // A dialog has the keyboard to itself.
      if (takesText(event.target) || document.querySelector('[role="dialog"]') !== null) return;
      const inSequence = performance.now() - since < SEQUENCE_MS;
      since = -Infinity;
      if (inSequence && goTo(event.key)) event.preventDefault();
      else if (event.key === 'g') since = performance.now();
      else if (event.key === 'j') step(1);
      else if (event.key === 'k') step(-1);
      else if (event.key === '?') showHelp();
      else if (event.key === '/') {
        const field = document.querySelector<HTMLInputElement>('[data-search]');
        field?.focus();
        field?.select();
        if (field !== null) event.preventDefault();
      }
    };
    window.addEventListener('keydown', hear);
    return () => window.removeEventListener('keydown', hear);
  }, []);
}
