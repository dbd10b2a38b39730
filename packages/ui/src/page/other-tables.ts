import type { NodeRow, PortRow, ProxyRow, RejectionRow, TableName } from "../view/rows.ts";
import { ageOf } from "./times.ts";
import { cell, mark } from "./cells.ts";
import type { VNode } from "./html.ts";

/** How one table is shown: titles by the columns' names, and the cells of a row. */
export type TableLook<T> = {
  readonly columns: Readonly<Record<string, string>>;
  readonly cells: (row: T, nowMs: number) => readonly VNode[];
  /** What is said where there is nothing. */
  readonly empty: string;
};

const none = "–";

const ports: TableLook<PortRow> = {
  columns: {
    name: "Port",
    owner: "Owner",
    shared: "Shared with",
    refused: "Refused to",
    count: "Endpoints",
    age: "Claimed",
  },
  cells: ({ tone, name, owner, endpoints, sharedWith, refusedTo, claimedAt }, nowMs) => [
    mark(tone, endpoints === 0 ? "nothing asks for it" : "asked for"),
    cell("name", name, "strong"),
    cell("owner", owner),
    cell("shared", sharedWith.join(", ") || none),
    cell("refused", refusedTo.join(", ") || none),
    cell("count", endpoints),
    cell("age", ageOf(claimedAt, nowMs) || "not yet"),
  ],
  empty: "No container asks for a port yet.",
};

const nodes: TableLook<NodeRow> = {
  columns: { name: "Node", address: "Address", zone: "Zone", state: "State", version: "Version", count: "Endpoints" },
  cells: ({ tone, name, address, zone, endpoints, isSynced, isDrained, version }) => [
    mark(tone, isSynced ? "in step" : "not in step yet"),
    cell("name", name, "strong"),
    cell("address", address),
    cell("zone", zone || none),
    cell("state", `${isSynced ? "in step" : "not in step yet"}${isDrained ? ", drained" : ""}`),
    cell("version", version),
    cell("count", endpoints),
  ],
  empty: "No registrar is connected with the registry: start one on each node.",
};

const proxies: TableLook<ProxyRow> = {
  columns: {
    name: "Proxy",
    scope: "Scope",
    error: "Error",
    haproxy: "HAProxy",
    count: "Listeners",
    servers: "Servers",
    revision: "Applied",
    age: "Since",
  },
  cells: (row, nowMs) => [
    mark(row.tone, row.error === "" ? "no error" : "reports an error"),
    cell("name", row.name, "strong"),
    cell("scope", row.scope),
    cell("error", row.error || none, row.error === "" ? "" : "bad"),
    cell("haproxy", row.haproxy),
    cell("count", row.listeners),
    cell("servers", `${row.ready} of ${row.servers} ready`),
    cell("revision", row.revision),
    cell("age", ageOf(row.appliedAt, nowMs)),
  ],
  empty: "No proxy is connected with the registry: start an agent on each node.",
};

const rejections: TableLook<RejectionRow> = {
  columns: { name: "What", service: "Service", by: "By", code: "Code", reason: "Why" },
  cells: ({ tone, what, service, by, code, reason }) => [
    mark(tone, tone === "broken" ? "refused" : "hint"),
    cell("name", what, "strong"),
    cell("service", service || none),
    cell("by", by),
    cell("code", code),
    cell("reason", reason),
  ],
  empty: "Nothing is refused.",
};

/** How each table beside that of services is shown. */
export const looks = { ports, nodes, proxies, rejections } as const satisfies Partial<Record<TableName, unknown>>;
