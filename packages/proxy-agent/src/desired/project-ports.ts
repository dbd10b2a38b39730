import { byFront, frontOf, mostProjectPorts, type Front } from "@fairway/contract";
import { byAge, type PortHolder } from "../registry/port-holder.ts";

/**
 * The front ports, and the names on them, that each project uses on this proxy, and which of them are too many: the youngest claims, and ports
 * without a claim before all others. A change costs what it costs alone, however many endpoints there are.
 */
export class ProjectPorts {
  readonly #most: number;
  readonly #users = new Map<Front, readonly PortHolder[]>();
  /** By project, the oldest first. */
  readonly #ports = new Map<string, PortHolder[]>();

  /** `most`: ports that one project may have. */
  constructor(most: number = mostProjectPorts) {
    this.#most = most;
  }

  /** Who uses a port now, each project once. Answers the other ports that became, or no longer are, one too many. */
  set(port: Front, users: readonly PortHolder[]): readonly Front[] {
    const before = this.#users.get(port) ?? nobody;
    if (users === before) return [];
    if (users.length > 0) this.#users.set(port, users);
    else this.#users.delete(port);
    const [former, now] = [new Set(before), new Set(users)];
    const left = before.filter((user) => !now.has(user));
    const entered = users.filter((user) => !former.has(user));
    return [...left.map((user) => this.#remove(user)), ...entered.map((user) => this.#add(user))].flat();
  }

  /** The projects that have too many ports by this one. */
  beyondAt(port: Front): ReadonlySet<string> {
    const beyond = (this.#users.get(port) ?? nobody).filter((user) => this.#isBeyond(user));
    return beyond.length === 0 ? none : new Set(beyond.map(({ project }) => project));
  }

  #isBeyond(user: PortHolder): boolean {
    const ports = this.#ports.get(user.project) ?? [];
    return ports.length > this.#most && indexOf(ports, user) >= this.#most;
  }

  #add(user: PortHolder): readonly Front[] {
    const ports = this.#ports.get(user.project) ?? [];
    this.#ports.set(user.project, ports);
    const index = indexOf(ports, user);
    ports.splice(index, 0, user);
    return index < this.#most ? portsAt(ports, this.#most) : [];
  }

  #remove(user: PortHolder): readonly Front[] {
    const ports = this.#ports.get(user.project) ?? [];
    const index = indexOf(ports, user);
    ports.splice(index, 1);
    if (ports.length === 0) this.#ports.delete(user.project);
    return index < this.#most ? portsAt(ports, this.#most - 1) : [];
  }
}

const nobody: readonly PortHolder[] = [];
const none: ReadonlySet<string> = new Set();

function portsAt(ports: readonly PortHolder[], index: number): readonly Front[] {
  const found = ports[index];
  return found === undefined ? [] : [frontOf(found)];
}

/** Where a use of a port stands among those of its project, or would. */
function indexOf(ports: readonly PortHolder[], user: PortHolder): number {
  let [from, to] = [0, ports.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    const other = ports[middle];
    if (other !== undefined && (byAge(other, user) || byFront(frontOf(other), frontOf(user))) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}
