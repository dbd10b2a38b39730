import type { Listener, ListenerList, Origin, Server } from "./configuration.ts";

/** A file by which a port finds the section of a name: of all names, or once their TLS is opened here. */
export type NamesFile = "names" | "opened";

/** How a configuration is written. */
export type RenderOptions = {
  /** A mustache template, see templates/haproxy.cfg.mustache. */
  readonly template: string;
  /** Whose text the `bind` lines of a listener carry. */
  readonly bindOrigin: (listener: Listener) => Origin;
  /** Where the lists of a listener stand. */
  readonly listFile: (port: number, kind: ListenerList["kind"], name?: string) => string;
  /** Where the names on a port stand. */
  readonly namesFile: (port: number, is: NamesFile) => string;
  /** Path of the socket over which what is opened on a port comes that passes other names through. */
  readonly namesSocket: (port: number) => string;
  /** Where {@link greeterProgram} stands. */
  readonly greeterFile: string;
  /** Path of the socket over which a worker tells the next one what it counted. */
  readonly peersSocket: string;
  /** Path of the socket over which HAProxy asks itself for roles of servers, and of the map that has them. */
  readonly rolesSocket: string;
  readonly rolesFile: string;
  /** Whose text the line of a server carries. */
  readonly serverOrigin: (server: Server) => Origin;
};
