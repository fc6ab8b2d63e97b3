import { useSyncExternalStore } from 'react';

// Whether the console answered last time; the banner on top of every page tells it.
let offline = false;
const listeners = new Set<() => void>();

function change(now: boolean): void {
  if (offline === now) return;
  offline = now;
  for (const listener of listeners) listener();
}

export const reportOffline = () => change(true);
export const reportOnline = () => change(false);

export function useOffline(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => offline,
  );
}
