import { portsOf } from "./endpoint-index.ts";
import { MultiMap } from "../multi-map.ts";
import type { SeenEndpoint } from "./seen.ts";

/** Front ports to look at again, each with the keys of the endpoints there that changed. */
export type Touched = Iterable<readonly [port: number, keys: ReadonlySet<string>]> & { readonly size: number };

/** Gathers what a change touches. */
export class Touches extends MultiMap<number, string> implements Touched {
  /** An endpoint came, went or changed: every front port that it asks for. */
  endpoint(endpoint: SeenEndpoint): void {
    for (const port of portsOf(endpoint)) this.add(port, endpoint.key);
  }

  all(touched: Touched): void {
    for (const [port, keys] of touched) for (const key of keys) this.add(port, key);
  }
}
