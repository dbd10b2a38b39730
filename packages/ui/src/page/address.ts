/** What is looked at, as the part of the page's address behind `#` says it: a link leads there, and so does the back button. */
export type PageAddress = {
  /** The name of a view; empty: the first. */
  readonly view: string;
  /** The id of the container whose details are open; empty: none. */
  readonly opened: string;
  /** As it was then, ISO 8601; empty: as it is. */
  readonly at: string;
};

/** `services`, `services/n1%2Faabbccddeeff`, or `time/n1%2Faabbccddeeff/2026-11-30T08%3A00%3A00Z`, with or without `#`; what is no time is as none. */
export function addressIn(hash: string): PageAddress {
  const [view = "", opened = "", at = ""] = hash.replace(/^#/, "").split("/").map(textOf);
  return { view, opened, at: Number.isNaN(Date.parse(at)) ? "" : at };
}

/** What {@link addressIn} reads. */
export function hashOf({ view, opened, at }: PageAddress): string {
  const parts = [view, opened, at].map(encodeURIComponent);
  return parts.slice(0, parts.findLastIndex((part) => part !== "") + 1).join("/");
}

/** Empty for what is no encoded text: people type addresses, too. */
function textOf(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}
