import type { ServerOwner } from "./server-names.ts";

/** How many connections of a service IDLE has ended. */
export type IdleEnd = { readonly project: string; readonly service: string; count: number };

/** More services than this are one, named `*`: strangers choose the names. */
const mostServices = 1000;

/** Counts connections that IDLE ended, by service. */
export class IdleEnds {
  readonly #ends = new Map<string, IdleEnd>();

  /** Undefined, or without a project: nobody knows whose it was. */
  add(owner: ServerOwner | undefined): void {
    const { project = "*", service = "*" } = owner ?? {};
    const end = this.#ends.get(JSON.stringify([project, service])) ?? this.#begin(project, service);
    end.count += 1;
  }

  all(): readonly IdleEnd[] {
    return [...this.#ends.values()];
  }

  #begin(project: string, service: string): IdleEnd {
    const isOthers = project === "*" && service === "*";
    if (this.#ends.size >= mostServices && !isOthers) return this.#ends.get(others) ?? this.#begin("*", "*");
    const end = { project, service, count: 0 };
    this.#ends.set(JSON.stringify([project, service]), end);
    return end;
  }
}

const others = JSON.stringify(["*", "*"]);
