import {
  countDefaultCertificates,
  countsDefaultCertificates,
  ownLine,
  type Line,
  type ListenerList,
} from "@fairway/haproxy";
import type { ListenerFacts } from "./desired.ts";
import { countedNames, type TlsListener } from "./tls-words.ts";

/** What a listener is, as far as its clients have to say something first. */
type FirstWords = TlsListener & { readonly isTls: boolean; readonly lists: readonly ListenerList[] };

/**
 * The lines of a listener, made from those of its settings. Of one to which clients say something first, a TLS handshake or
 * a PROXY header, they are the same object until those are another.
 */
export class FirstWordsLines {
  #made: { readonly from: readonly Line[]; readonly names: string; readonly lines: readonly Line[] } | undefined;

  of(
    from: readonly Line[],
    { isTls, lists, ...listener }: FirstWords,
    { tunnelTimeout, tls }: Pick<ListenerFacts, "tunnelTimeout" | "tls">,
  ): readonly Line[] {
    if (!isTls && !lists.some(({ kind }) => kind === "accept-proxy")) return from;
    const files = isTls ? countedNames(listener, tls) : [];
    const names = files.join("\n");
    if (this.#made?.from !== from || this.#made.names !== names) {
      this.#made = { from, names, lines: withCounting(boundSilence(from, tunnelTimeout), files) };
    }
    return this.#made.lines;
  }
}

/** Lines that go by these files of names, and by none that they named before. */
export function withCounting(lines: readonly Line[], files: readonly string[]): readonly Line[] {
  const others = lines.filter((line) => !countsDefaultCertificates(line));
  return files.length === 0 ? others : [...others, ...countDefaultCertificates(files)];
}

/** Who says nothing within this time after it connected is gone: a TLS handshake takes one round trip or two, a header none. */
const handshakeLine = ownLine("timeout client 10s");

/** The same for a section that no client connects to: its port lets silent ones go. */
export function withoutClientTime(lines: readonly Line[]): readonly Line[] {
  return lines.filter((line) => line !== handshakeLine);
}

/**
 * Lets go a client that does not begin: it would hold a place as long as `timeout client` allows, so that one is short,
 * and what was set for it holds once a connection is established.
 */
export function boundSilence(lines: readonly Line[], tunnelTimeout: string): readonly Line[] {
  const find = (name: string) => lines.find(({ text }) => text.startsWith(`timeout ${name} `));
  const idle = find("client") ?? find("server");
  const tunnel = idle
    ? { text: idle.text.replace(/^timeout \S+/, "timeout tunnel"), from: idle.from }
    : ownLine(`timeout tunnel ${tunnelTimeout}`);
  const others = lines.filter(({ text }) => !/^timeout (client|server) /.test(text));
  return [...others, handshakeLine, ...(find("tunnel") ? [] : [tunnel])];
}
