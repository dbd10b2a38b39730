import { ownLine, quotedWord, unnamedTable, type Line, type ListenerList } from "@fairway/haproxy";
import type { PortHolder } from "../registry/port-holder.ts";
import type { SeenEndpoint } from "../registry/seen.ts";
import type { ListenerFacts } from "./desired.ts";
import { byPrecedence, type Deciding } from "./precedence.ts";

/** An endpoint behind a port, for whom, and whether it asks for TLS there; undefined: it cannot be served anyway. */
type Asking = {
  readonly cached: { readonly endpoint: SeenEndpoint };
  readonly holder: PortHolder | undefined;
  readonly ssl: boolean | undefined;
};

/**
 * Whether a port opens TLS. Where some endpoints ask for that and others do not, the older claim's project decides, in it
 * the first service by name, in that its oldest container, on every proxy alike: the others are not served there, as
 * neither kind of client would understand them. All of the endpoints are looked at only while they disagree.
 */
export class TlsChoice {
  #isTls = false;
  #tls = 0;
  #plain = 0;
  #lines:
    { readonly from: readonly Line[]; readonly names: string | undefined; readonly lines: readonly Line[] } | undefined;

  /** As of the last {@link settle}. */
  get isTls(): boolean {
    return this.#isTls;
  }

  /** Takes in one that asks, or lets one go. */
  count(ssl: boolean | undefined, by: 1 | -1): void {
    if (ssl === true) this.#tls += by;
    if (ssl === false) this.#plain += by;
  }

  /**
   * The lines of the listener, made from those of its settings. Of one to which clients say something first, TLS or a
   * PROXY header, they are the same object until those are another.
   */
  linesOf(
    { lines: from, lists }: { readonly lines: readonly Line[]; readonly lists: readonly ListenerList[] },
    { tunnelTimeout, tls }: Pick<ListenerFacts, "tunnelTimeout" | "tls">,
  ): readonly Line[] {
    if (!this.#isTls && !lists.some(({ kind }) => kind === "accept-proxy")) return from;
    const names = this.#isTls && tls.ok ? tls.names : undefined;
    if (this.#lines?.from !== from || this.#lines.names !== names) {
      this.#lines = { from, names, lines: [...tlsLines(from, tunnelTimeout), ...countingLines(names)] };
    }
    return this.#lines.lines;
  }

  /** Decides anew; true when that is another decision than before. */
  settle(asking: Iterable<Asking>): boolean {
    const before = this.#isTls;
    if (this.#tls + this.#plain > 0) this.#isTls = this.#tls > 0 && (this.#plain === 0 || isFirstTls(asking));
    return this.#isTls !== before;
  }
}

function isFirstTls(asking: Iterable<Asking>): boolean {
  let first: Asking | undefined;
  for (const each of asking) {
    if (each.ssl === undefined) continue;
    if (first === undefined || byPrecedence(decidingBy(each), decidingBy(first)) < 0) first = each;
  }
  return first?.ssl ?? false;
}

function decidingBy({ cached: { endpoint }, holder }: Asking): Deciding {
  return { holder, service: endpoint.service, oldest: endpoint };
}

/** Who says nothing within this time after it connected is gone: a TLS handshake takes one round trip or two, a header none. */
const handshakeLine = ownLine("timeout client 10s");

/**
 * The lines of a listener to which clients have to say something first, TLS or a PROXY header: a client that says nothing holds a place as long as `timeout client` allows, so that one is
 * short, and what was set for it holds once a connection is established.
 */
export function tlsLines(lines: readonly Line[], tunnelTimeout: string): readonly Line[] {
  const find = (name: string) => lines.find(({ text }) => text.startsWith(`timeout ${name} `));
  const idle = find("client") ?? find("server");
  const tunnel = idle
    ? { text: idle.text.replace(/^timeout \S+/, "timeout tunnel"), from: idle.from }
    : ownLine(`timeout tunnel ${tunnelTimeout}`);
  const others = lines.filter(({ text }) => !/^timeout (client|server) /.test(text));
  return [...others, handshakeLine, ...(find("tunnel") ? [] : [tunnel])];
}

/**
 * The lines that count, by port, who gets the default certificate for want of one with the name that was asked for. They
 * go by the names, as HAProxy does not tell how it came to a certificate; one with a wildcard is for one label more.
 */
export function countingLines(names: string | undefined): readonly Line[] {
  if (names === undefined) return [];
  const file = quotedWord(names);
  const isNamed = ["ssl_fc_sni,lower", "ssl_fc_sni,lower,regsub(^[^.]*,*)"].map((name) => `{ ${name} -f ${file} }`);
  return [
    ownLine(`tcp-request session track-sc1 dst_port table ${unnamedTable} unless ${isNamed.join(" or ")}`),
    ownLine("tcp-request session sc-inc-gpc0(1) if { sc1_tracked }"),
  ];
}
