import { frontOf, isServerName, nameOfFront, portOfFront, type Front } from "@fairway/contract";

/**
 * Name of a listener's section, as haproxy.cfg and HAProxy's answers give it: `port_443`, and of a name on it
 * `port_443.db.example.com`, with `:` for `*`, which HAProxy has in no name of a section.
 */
export function sectionName(listener: Front): string {
  const name = nameOfFront(listener);
  if (name !== undefined && isSpareFront(listener)) return name;
  return `port_${portOfFront(listener)}${name === undefined ? "" : `.${name.replace("*", ":")}`}`;
}

/** The listener that a section's name gives; undefined: not a listener's section. */
export function frontOfSection(section: string): Front | undefined {
  const [, digits, written] = /^port_([1-9][0-9]{0,4})(?:\.(.+))?$/.exec(section) ?? [];
  const name = written?.replace(":", "*");
  if (digits === undefined || (name !== undefined && !isServerName(name))) return undefined;
  return frontOf({ port: Number(digits), name });
}

/** Stands for a spare backend that is no name's where a listener is asked for: no listener has port 0. */
export function frontOfSpare(section: string): Front {
  return frontOf({ port: 0, name: section });
}

/** True for what {@link frontOfSpare} gives. */
export function isSpareFront(front: Front): boolean {
  return portOfFront(front) === 0;
}

/** Tells the listener of a section; undefined: it is none's. */
export type FrontOf = (section: string) => Front | undefined;

/** A section that a port with names has beside those of the names; no name leads to one with such a `:`. */
export function ownSection(port: number, is: "opened" | "tls"): string {
  return `port_${port}:${is}`;
}

/** The port of a frontend: of a listener, or of what opens there; undefined: it is none of these. */
export function portOfFrontend(section: string): number | undefined {
  const digits = /^port_([1-9][0-9]{0,4})(?::tls)?$/.exec(section)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
