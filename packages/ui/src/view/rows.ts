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
  readonly revision: string;
  readonly appliedAt: string;
  readonly haproxy: string;
  readonly error: string;
};

/** Something asked for that is not done. */
export type RejectionRow = Row & {
  /** The id of its container's row; empty: it is about none. */
  readonly container: string;
  /** `registrar n1`, `proxy n1/proxy, n2/proxy`, or `12 proxies`. */
  readonly by: string;
  /** The names of the proxies that refuse it; none: a registrar does. */
  readonly proxies: readonly string[];
  /** The container's name, else the key that a proxy refuses. */
  readonly what: string;
  readonly service: string;
  readonly code: string;
  /** In the words of `why`. */
  readonly reason: string;
};

/** A row of a table beside that of services. */
export type OtherRow = PortRow | NodeRow | ProxyRow | RejectionRow;

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

/** Something that happened, as proxies' journals tell it. */
export type JournalRow = Row & {
  /** Ids of the journals' entries that tell of it, the newest first; the first is the row's. */
  readonly entries: readonly string[];
  /** `came`, `changed`, `went`, `refused`, `reloaded` and so on. */
  readonly is: string;
  /** ISO 8601, by the clock of a proxy's machine. */
  readonly time: string;
  readonly what: string;
  /** The container's name; empty: it is about none. */
  readonly name: string;
  readonly service: string;
  /** The id of its container's row; empty: it is about none. */
  readonly container: string;
  readonly proxies: readonly string[];
  /** From what Docker said to traffic, or of a reload; null: that is not told. Of several proxies the longest. */
  readonly tookMs: number | null;
};

/** A part of the time line. */
export type TimeLine = {
  /** The newest first. */
  readonly rows: readonly JournalRow[];
  /** There is more before these. */
  readonly isCut: boolean;
  /** Who could not be asked, and why; empty: everybody was. */
  readonly unasked: string;
  /** How many proxies' journals were read. */
  readonly journals: number;
};

/** Connections of all proxies that could be asked, at a moment. */
export type Sample = {
  /** Ms since 1970. */
  readonly at: number;
  readonly sessions: number;
  /** New ones since the sample before; null: that is not known. */
  readonly perSecond: number | null;
};
