import { byText } from "./sorting.ts";

/** A front port, or one of several names on it, written `<port>,<name>` as in the key of a claim. */
export type Front = number | `${number},${string}`;

/** A front port with the name on it; undefined: the port itself. */
export type FrontParts = { readonly port: number; readonly name?: string | undefined };

export function frontOf({ port, name }: FrontParts): Front {
  return name === undefined ? port : `${port},${name}`;
}

/** The port of a front. */
export function portOfFront(front: Front): number {
  return typeof front === "number" ? front : Number(front.slice(0, front.indexOf(",")));
}

/** The name of a front; undefined: it is a port itself. */
export function nameOfFront(front: Front): string | undefined {
  return typeof front === "number" ? undefined : front.slice(front.indexOf(",") + 1);
}

/** Orders by port, then by name; a port itself comes before its names. */
export function byFront(a: Front, b: Front): number {
  return portOfFront(a) - portOfFront(b) || byText(nameOfFront(a) ?? "", nameOfFront(b) ?? "");
}

/** A front as a listener has it: without a name where it is a port. */
export function partsOfFront(front: Front): FrontParts {
  const [port, name] = [portOfFront(front), nameOfFront(front)];
  return name === undefined ? { port } : { port, name };
}
