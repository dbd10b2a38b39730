import { createHash } from "node:crypto";
import type { Desired } from "../desired/desired.ts";
import type { Rendered } from "@fairway/haproxy";
import { ours, quotedWord } from "@fairway/haproxy";

/** Writes what is desired as haproxy.cfg. */
export type Render = (desired: Desired) => Rendered;

/** The text of {@link Render} in pieces, made when they are asked for. */
export type RenderPieces = (desired: Desired) => Iterable<string>;

/**
 * What the applier adds to the desired: the file that brings the servers' health over a reload, and a description that
 * the worker tells back, so that the next agent knows with which settings it runs.
 */
export function withOwnLines(desired: Desired, description: string, serverStates: string): Desired {
  const { global, defaults } = desired.sections;
  const sections = {
    ...desired.sections,
    global: [ours(`description ${description}`), ours(`server-state-file ${quotedWord(serverStates)}`), ...global],
    defaults: [ours("load-server-state-from-file global"), ...defaults],
  };
  return { ...desired, sections };
}

/** Tells configurations apart that only a reload leads from one to the other: everything but the servers. */
export function fingerprint(desired: Desired, render: Render): string {
  const listeners = desired.listeners.map((listener) => ({ ...listener, servers: [] }));
  return `fairway-${createHash("sha256")
    .update(render({ ...desired, listeners }).text)
    .digest("hex")
    .slice(0, 16)}`;
}
