import type { Unasked } from "../agents/agents.ts";
import type { NodeItem } from "../resources/nodes.ts";
import type { ProxyItem } from "../resources/proxies.ts";

/** An answer, or why there is none. */
export type EitherAnswer<T> =
  { readonly ok: true; readonly answer: T } | { readonly ok: false; readonly reason: string };

/** What a member of etcd says of itself. */
export type MemberFigures = {
  readonly version: string;
  readonly hasLeader: boolean;
  /** Empty: it is healthy. */
  readonly trouble: string;
  /** Bytes; 0: its default of 2 GiB. */
  readonly quota: number;
  readonly size: number;
  readonly inUse: number;
  /** How many revisions it keeps. */
  readonly history: number;
};

/** What the Docker engine of this machine says of itself. */
export type EngineFacts = {
  readonly version: string;
  readonly isLiveRestored: boolean;
  readonly isSwarm: boolean;
  /** Minus this machine's clock. */
  readonly clockMs: number;
  /** Of its command line and daemon.json; undefined: these cannot be read. */
  readonly settings: { readonly iptables: boolean; readonly userlandProxy: boolean } | undefined;
};

/** A certificate and its end, ms since 1970. */
export type CertificateEnd = { readonly where: string; readonly endsAtMs: number };

/** How this machine reaches a node: at an address that one of its endpoints has there. */
export type Reached = {
  readonly node: string;
  readonly address: string;
  readonly ok: boolean;
  readonly reason: string;
};

/** When a node's registrar wrote by its own clock, and the registry's revision of that. */
export type Written = { readonly node: string; readonly atMs: number; readonly revision: bigint };

/** Everything that checks look at. */
export type Gathered = {
  readonly version: string;
  readonly nowMs: number;
  readonly nodes: readonly NodeItem[];
  readonly proxies: readonly ProxyItem[];
  readonly written: readonly Written[];
  readonly etcd: readonly { readonly member: string; readonly facts: EitherAnswer<MemberFigures> }[];
  readonly engine: EitherAnswer<EngineFacts>;
  /** Of HAProxy's processes, by the proxy: open files that each may have, and needs at most. */
  readonly files: readonly { readonly proxy: string; readonly limit: number; readonly used: number }[];
  /** Proxies of which no more is known than their record tells. */
  readonly unasked: readonly Unasked[];
  /** How the machines of proxies reach servers on other nodes. */
  readonly reachedFrom: readonly { readonly proxy: string; readonly reached: readonly Reached[] }[];
  readonly certificates: readonly CertificateEnd[];
  readonly reached: readonly Reached[];
};
