import type { PortHolder } from "../registry/port-holder.ts";
import type { SeenEndpoint } from "../registry/seen.ts";
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
  /** False until somebody had asked: nobody is refused before. */
  #isSettled = false;
  #tls = 0;
  #plain = 0;

  /** As of the last {@link settle}. */
  get isTls(): boolean {
    return this.#isTls;
  }

  /** The same; undefined: nobody had asked. */
  get decision(): boolean | undefined {
    return this.#isSettled ? this.#isTls : undefined;
  }

  /** Takes in one that asks, or lets one go. */
  count(ssl: boolean | undefined, by: 1 | -1): void {
    if (ssl === true) this.#tls += by;
    if (ssl === false) this.#plain += by;
  }

  /** Decides anew; true when some were let in, or refused, by another decision. */
  settle(asking: Iterable<Asking>): boolean {
    const before = this.decision;
    const isMixed = this.#tls > 0 && this.#plain > 0;
    this.#isSettled = this.#tls + this.#plain > 0;
    if (this.#isSettled) this.#isTls = this.#tls > 0 && (!isMixed || isFirstTls(asking));
    return before === undefined ? isMixed : this.#isSettled && this.#isTls !== before;
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
