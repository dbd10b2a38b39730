import type { ListenerSettings, Sections, Server } from "@fairway/haproxy";
import { serverNamed, type Roster } from "@fairway/haproxy";

/** What HAProxy's current worker holds, as far as we know or have read back. */
export type Running = {
  /** The sections outside the listeners that it was started with; undefined: not known. */
  readonly sections: Sections | undefined;
  readonly listeners: ReadonlyMap<number, RunningListener>;
};

export type RunningListener = {
  readonly port: number;
  readonly ssl: boolean;
  readonly settings: ListenerSettings;
  readonly servers: Roster<RunningServer>;
};

/** `maint`: on its way out, kept until its sessions are over. */
export type RunningServer = Omit<Server, "admin"> & { readonly admin: Server["admin"] | "maint" };

/** A server of a listener, if there are both. */
export function runningServer({ listeners }: Running, port: number, name: string): RunningServer | undefined {
  return serverNamed(listeners.get(port)?.servers ?? [], name);
}
