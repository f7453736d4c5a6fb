// Nobody before the screen: what is asked at intervals pauses, so that an idle session ends as the server's owner set it.
import { focusManager } from '@tanstack/react-query';

/** So long after the last key, click or touch the page counts as left alone. */
const IDLE_MS = 5 * 60_000;
const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

/** To be called once: tells the query client whether somebody is there. */
export function watchAttention(): void {
  focusManager.setEventListener((setFocused) => {
    let last = performance.now();
    let present = true;
    const tell = (): void => {
      const now = document.visibilityState === 'visible' && performance.now() - last < IDLE_MS;
      if (now === present) return;
      present = now;
      setFocused(now);
    };
    const sign = (): void => {
      last = performance.now();
      tell();
    };
    for (const each of SIGNS) window.addEventListener(each, sign, { passive: true });
    document.addEventListener('visibilitychange', tell);
    const timer = window.setInterval(tell, 15_000);
    return () => {
      for (const each of SIGNS) window.removeEventListener(each, sign);
      document.removeEventListener('visibilitychange', tell);
      window.clearInterval(timer);
    };
  });
}

/** Whether somebody is there. */
export function isAttended(): boolean {
  return focusManager.isFocused();
}
