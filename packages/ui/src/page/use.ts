import { useEffect, useState } from "preact/hooks";
import { addressIn, hashOf, type PageAddress } from "./address.ts";
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

/** What is looked at, by the page's address, and what leads to something else. */
export function useAddress(): readonly [PageAddress, (next: Partial<PageAddress>) => void] {
  const [address, set] = useState(() => addressIn(location.hash));
  useEffect(() => {
    const look = () => set(addressIn(location.hash));
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
  }, []);
  const go = (next: Partial<PageAddress>) => {
    const whole = { ...address, ...next };
    set(whole);
    location.hash = hashOf(whole);
  };
  return [address, go];
}
