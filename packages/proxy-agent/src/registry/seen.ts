import type { Address, EndpointKey, EndpointState } from "@fairway/contract";

/** One endpoint as the agent holds it: its key and the fields of its record that decide anything here. */
export type SeenEndpoint = {
  /** Relative to the registry's prefix. */
  readonly key: string;
  readonly at: EndpointKey;
  /** `<project>/<service>`, escaped as in its key: one name for one service. */
  readonly service: string;
  readonly state: EndpointState;
  readonly addresses: readonly Address[];
  readonly listen: readonly { readonly port: number; readonly ssl: boolean }[];
  readonly settings: Readonly<Record<string, string>>;
  /** The container's name, for sentences. */
  readonly container: string;
  readonly modRevision: bigint;
};

/** One node as the agent holds it. */
export type SeenNode = {
  readonly node: string;
  readonly engineId: string;
  readonly bootId: string;
  /** One for each session of its registrar with the registry. */
  readonly session: string;
  readonly synced: boolean;
  readonly modRevision: bigint;
};

/** A record that this program cannot use; all others are served. */
export type UnreadableRecord = { readonly key: string; readonly code: string; readonly reason: string };

/** The endpoints behind one front port, at one moment. */
export type ListenerSlice = {
  readonly port: number;
  /** In no order. */
  readonly endpoints: readonly PlacedEndpoint[];
};

/** An endpoint with what its order among others depends on. */
export type PlacedEndpoint = {
  readonly endpoint: SeenEndpoint;
  /** The service record's create revision: lower is older; undefined: no such record is seen, counts as youngest. */
  readonly age: bigint | undefined;
  /** False once the registry no longer has it: it yields to a living record with its address. */
  readonly isLiving: boolean;
};
