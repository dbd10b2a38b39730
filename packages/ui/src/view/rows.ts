/**
 * How a thing stands: `good` as it should; `partly` for some; `waiting` for something that passes by itself; `broken`;
 * `quiet`: there is nothing to judge.
 */
export type Tone = "good" | "partly" | "waiting" | "broken" | "quiet";

/** What every row has: a text of its own within its table, which is never shown, and how it stands. */
export type Row = { readonly id: string; readonly tone: Tone };

/** A container of which the registry has an endpoint or a refusal. Its id: `node/first twelve digits`. */
export type ContainerRow = Row & {
  readonly name: string;
  readonly project: string;
  readonly service: string;
  readonly node: string;
  /** Front ports: `6379`, `443,a.example.com`, `6379@proxy_test`. */
  readonly fronts: readonly string[];
  /** `ready`; of several ports each state once. */
  readonly state: string;
  /** Empty: it is served everywhere. */
  readonly reason: string;
  /** When it was made, ISO 8601; empty: nobody says. */
  readonly since: string;
};

/** A front port. */
export type PortRow = Row & {
  readonly name: string;
  readonly balancer: string;
  readonly owner: string;
  readonly endpoints: number;
  readonly sharedWith: readonly string[];
  readonly refusedTo: readonly string[];
  /** ISO 8601; empty: no registrar has put the claim yet. */
  readonly claimedAt: string;
};

/** A node. */
export type NodeRow = Row & {
  readonly name: string;
  readonly address: string;
  readonly zone: string;
  readonly endpoints: number;
  readonly isSynced: boolean;
  readonly isDrained: boolean;
  readonly version: string;
};

/** A proxy, named `node/proxy`. */
export type ProxyRow = Row & {
  readonly name: string;
  readonly scope: string;
  readonly listeners: number;
  readonly ready: number;
  readonly servers: number;
  readonly refused: number;
  readonly revision: string;
  readonly appliedAt: string;
  readonly version: string;
  readonly haproxy: string;
  readonly error: string;
};

/** Something asked for that is not done. */
export type RejectionRow = Row & {
  /** The id of its container's row; empty: it is about none. */
  readonly container: string;
  /** `registrar n1`, or `proxy n1/proxy`. */
  readonly by: string;
  /** The container's name, else the key that a proxy refuses. */
  readonly what: string;
  readonly service: string;
  readonly code: string;
  /** In the words of `why`. */
  readonly reason: string;
};

/** Everything that the page shows of the registry. All of its text is safe to show, and nothing but text. */
export type Tables = {
  readonly containers: ReadonlyMap<string, ContainerRow>;
  readonly ports: ReadonlyMap<string, PortRow>;
  readonly nodes: ReadonlyMap<string, NodeRow>;
  readonly proxies: ReadonlyMap<string, ProxyRow>;
  readonly rejections: ReadonlyMap<string, RejectionRow>;
};

/** The name of one of {@link Tables}. */
export type TableName = keyof Tables;

/** Nothing, as before the first answer. */
export const noTables: Tables = {
  containers: new Map(),
  ports: new Map(),
  nodes: new Map(),
  proxies: new Map(),
  rejections: new Map(),
};

/** How it stands with the registry. */
export type RegistryState = {
  readonly isConnected: boolean;
  /** The newest revision that was seen; empty: none yet. */
  readonly revision: string;
  /** Why there is no answer; empty: there is. */
  readonly reason: string;
};
