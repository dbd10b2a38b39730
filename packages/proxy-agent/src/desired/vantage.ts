/** Where a proxy stands: decides which address of an endpoint it connects to. */
export type Vantage = {
  /**
   * `node`: in the node's own network namespace. `container`: inside the listed Docker networks.
   * `outside`: neither; only published ports can be reached.
   */
  readonly kind: "node" | "container" | "outside";
  /** The node it stands on, by its name in the registry. */
  readonly node: string;
  readonly networks: readonly VantageNetwork[];
};

/** A Docker network that the proxy is on. An operator may give its name where the id belongs. */
export type VantageNetwork = { readonly id: string; readonly name: string; readonly scope: string };

/** Reads `VANTAGE`: `node`, `outside`, or a comma list of networks by id or name. */
export function readVantage(text: string, node: string): Vantage {
  if (text === "node" || text === "outside") return { kind: text, node, networks: [] };
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  return { kind: "container", node, networks: names.map((name) => ({ id: name, name, scope: "" })) };
}
