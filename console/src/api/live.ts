// Exchanges as they open and close, heard from the server (server-sent events).
import { useEffect, useEffectEvent, useState } from 'react';
import { API_BASE, ExchangeRow } from '../contract.ts';
import { queryClient } from './query.ts';

export type LiveState = 'connecting' | 'live' | 'lost';

/** Browsers connect again after a break, but not after a refusal (too many views, a restart): then we do. */
const AGAIN_MS = 5_000;

function readRow(data: unknown): ExchangeRow | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    return ExchangeRow.safeParse(JSON.parse(data)).data;
  } catch {
    return undefined;
  }
}

/**
 * Calls `onRow` for each exchange that opened or closed, while `enabled`, and `onGap` where some may have been missed:
 * at each connection, and when the server had more to tell than it does at once.
 */
export function useLive(enabled: boolean, onRow: (row: ExchangeRow) => void, onGap: () => void = () => {}): LiveState {
  const [state, setState] = useState<LiveState>('connecting');
  const hear = useEffectEvent(onRow);
  const miss = useEffectEvent(onGap);

  useEffect(() => {
    if (!enabled) return undefined;
    let source: EventSource;
    let again: number | undefined;
    const connect = (): void => {
      source = new EventSource(`${API_BASE}/live`);
      source.onopen = () => {
        setState('live');
        miss();
      };
      source.addEventListener('skipped', () => miss());
      source.onerror = () => {
        setState('lost');
        if (source.readyState !== EventSource.CLOSED) return;
        again = window.setTimeout(connect, AGAIN_MS);
        // Perhaps the session has ended: then sign-in is what is needed.
        void queryClient.invalidateQueries({ queryKey: ['getSession'] });
      };
      source.onmessage = (event) => {
        const row = readRow(event.data);
        if (row !== undefined) hear(row);
      };
    };
    connect();
    return () => {
      window.clearTimeout(again);
      source.close();
      setState('connecting');
    };
  }, [enabled]);

  return state;
}
