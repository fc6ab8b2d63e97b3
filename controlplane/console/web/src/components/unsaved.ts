import { useEffect, useSyncExternalStore } from 'react';

// Whether a page holds edits that were not saved: delivering all would leave them out.
let unsaved = false;
const listeners = new Set<() => void>();

function change(now: boolean): void {
  unsaved = now;
  for (const listener of listeners) listener();
}

export function useUnsaved(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => unsaved,
  );
}

/** Says so for as long as the page is there, and has the browser ask before the window closes. */
export function useReportUnsaved(now: boolean): void {
  useEffect(() => {
    change(now);
    if (!now) return undefined;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => {
      window.removeEventListener('beforeunload', ask);
      change(false);
    };
  }, [now]);
}
