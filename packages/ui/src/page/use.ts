import { useEffect, useState } from "preact/hooks";
import type { PageKnown, Store } from "./store.ts";

/** What the store knows, again after each change. */
export function useStore(store: Store): PageKnown {
  const [known, set] = useState(store.known);
  useEffect(() => store.onChange(() => set(store.known)), [store]);
  return known;
}

/** Whether the window is narrow, as the style sheet sees it. */
export function useNarrow(): boolean {
  return useMedia("(max-width: 760px)");
}

function useMedia(query: string): boolean {
  const [is, set] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const look = () => set(media.matches);
    media.addEventListener("change", look);
    return () => media.removeEventListener("change", look);
  }, [query]);
  return is;
}

/** Whether the page is dark. */
export function useDark(): boolean {
  return useMedia("(prefers-color-scheme: dark)");
}

/** How often ages are written anew. */
const tickMs = 10_000;

/** The time, again every ten seconds. */
export function useNow(): number {
  const [now, set] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => set(Date.now()), tickMs);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** The part of the address behind `#`, which the browser's back button leads through. */
export function useHash(): readonly [string, (hash: string) => void] {
  const read = () => decodeURIComponent(location.hash.slice(1));
  const [hash, set] = useState(read);
  useEffect(() => {
    const look = () => set(read());
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
  }, []);
  return [hash, (next) => void (location.hash = next)];
}
