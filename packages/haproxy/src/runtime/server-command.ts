import type { Server } from "../config/configuration.ts";

/**
 * One change of one server, in HAProxy's runtime terms.
 * `server` is the server as it is afterwards. `add` takes it in, in the state that its `admin` says. `drain` is weight 0,
 * as in the file; `ready` undoes `drain` and `maint`. `delete` is never planned: who applies deletes a server that is on
 * its way out once its sessions are over.
 */
export type ServerCommand =
  | { readonly do: "add" | "ready" | "drain"; readonly listener: number; readonly server: Server }
  | { readonly do: "maint" | "delete"; readonly listener: number; readonly name: string };

/** The name of the server that a command is about. */
export function serverOfCommand(command: ServerCommand): string {
  return "server" in command ? command.server.name : command.name;
}
