import {
  decode,
  proxiesPrefix,
  proxyRecordSchema,
  rejectionsPrefix,
  rejectionsRecordSchema,
  unescapeSegment,
  endpointsPrefix,
  nodesPrefix,
  type ProxyRecord,
  type RejectionsRecord,
} from "@fairway/contract";
import { type Stored } from "@fairway/registry";
import { readEndpoint, readNode } from "../subscription/read-stored.ts";
import type { SeenEndpoint, SeenNode } from "../subscription/seen.ts";

/** What the registry has that can tell why a container is routed or not. Records that cannot be read are left out. */
export type Known = {
  readonly endpoints: readonly SeenEndpoint[];
  readonly refusals: readonly ContainerRefusals[];
  readonly proxies: readonly { readonly name: string; readonly record: ProxyRecord }[];
  readonly nodes: readonly SeenNode[];
};

/** What a container's registrar refuses of it or hints at. */
export type ContainerRefusals = {
  readonly node: string;
  readonly container12: string;
  readonly record: RejectionsRecord;
};

/** Where {@link knownOf} looks. */
export const knownPrefixes = [endpointsPrefix, rejectionsPrefix, proxiesPrefix, nodesPrefix] as const;

/** Reads a listing of {@link knownPrefixes}. */
export function knownOf(stored: readonly Stored[]): Known {
  const below = (prefix: string) => stored.filter(({ key }) => key.startsWith(prefix));
  return {
    endpoints: below(endpointsPrefix).flatMap((each) => seenIn(readEndpoint(each))),
    refusals: below(rejectionsPrefix).flatMap(refusalsIn),
    proxies: below(proxiesPrefix).flatMap(({ key, value }) => {
      const decoded = decode(proxyRecordSchema, value);
      return decoded.ok ? [{ name: namesIn(key, proxiesPrefix).join("/"), record: decoded.record }] : [];
    }),
    nodes: below(nodesPrefix).flatMap((each) => seenIn(readNode(each))),
  };
}

function seenIn<T>(read: { readonly ok: true; readonly seen: T } | { readonly ok: false }): readonly T[] {
  return read.ok ? [read.seen] : [];
}

function refusalsIn({ key, value }: Stored): readonly ContainerRefusals[] {
  const [node = "", container12 = ""] = namesIn(key, rejectionsPrefix);
  const decoded = decode(rejectionsRecordSchema, value);
  return decoded.ok ? [{ node, container12, record: decoded.record }] : [];
}

function namesIn(key: string, prefix: string): readonly string[] {
  return key.slice(prefix.length).split("/").map(unescapeSegment);
}
