import { type EndpointKey, type Front, frontOf, parseEndpointKey } from "@fairway/contract";
import { serverNameStart } from "../desired/server-name.ts";
import { diffServers, findServer, serverPath, type Listener } from "@fairway/haproxy";

/** Whose a server is. */
export type ServerOwner = {
  /** Undefined: the server left before this agent began, and its name does not tell. */
  readonly project: string | undefined;
  readonly service: string;
  readonly node: string;
  readonly container: string;
};

/** So many servers are remembered that left, or that an earlier agent had, and may still have connections. */
const mostKept = 10_000;

/** Finds out whose a server is by its name: of those that are served, and of those that were. */
export class ServerNames {
  #listeners: ReadonlyMap<Front, Listener> = new Map();
  /** By path; those that left first come first. */
  readonly #gone = new Map<string, string>();
  /** What an earlier agent knew, by the beginnings of names. */
  readonly #before: ReadonlyMap<string, EndpointKey>;

  /** `before`: endpoints that an earlier agent knew, whose servers HAProxy may have. */
  constructor(before: readonly EndpointKey[]) {
    this.#before = new Map(before.slice(0, mostKept).map((at) => [serverNameStart(at), at]));
  }

  /** What HAProxy runs from now on; listeners that are the same object as before cost nothing. */
  follow(listeners: readonly Listener[]): void {
    const now = new Map(listeners.map((listener) => [frontOf(listener), listener]));
    for (const before of this.#listeners.values()) {
      const after = now.get(frontOf(before));
      if (after !== before) this.#keep(before, after);
    }
    this.#listeners = now;
  }

  /** Undefined: no server that an agent named so. */
  ownerOf(front: Front, name: string): ServerOwner | undefined {
    const listener = this.#listeners.get(front);
    const key = findServer(listener?.servers ?? [], name)?.endpoint ?? this.#gone.get(serverPath(front, name));
    const start = name.slice(0, name.lastIndexOf(".") + 1);
    const at = key === undefined ? this.#before.get(start) : parseEndpointKey(key);
    return at === undefined ? ownerInName(name) : ownerAt(at);
  }

  #keep(before: Listener, after: Listener | undefined): void {
    for (const { left, right } of diffServers(before.servers, after?.servers ?? [])) {
      if (left === undefined || right !== undefined) continue;
      const path = serverPath(frontOf(before), left.name);
      this.#gone.delete(path);
      this.#gone.set(path, left.endpoint);
    }
    for (const path of this.#gone.keys()) {
      if (this.#gone.size <= mostKept) break;
      this.#gone.delete(path);
    }
  }
}

function ownerAt({ project, service, node, container12 }: EndpointKey): ServerOwner {
  return { project, service, node, container: container12 };
}

/** `<service>.<node>.<container12>.<port>.<hash>`, in which other characters became `-`. */
function ownerInName(name: string): ServerOwner | undefined {
  const [, service, node, container] = /^([^.]+)\.([^.]+)\.([^.]+)\.[0-9]+\.[0-9a-f]+$/.exec(name) ?? [];
  if (service === undefined || node === undefined || container === undefined) return undefined;
  return { project: undefined, service, node, container };
}
