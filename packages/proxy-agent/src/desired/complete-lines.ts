import type { HealthCheck, ListenerSettingLine } from "@fairway/contract";
import type { Line } from "@fairway/haproxy";
import { inOrder } from "./line-order.ts";

/** What the lines of a listener come from. */
type Asking = {
  /** Every line that is asked for, see `inOrder`. */
  readonly written: readonly ListenerSettingLine[];
  readonly check: HealthCheck | undefined;
};

/** Lines of a listener in their order, with those that follow from them. */
export function completeLines(lines: readonly Line[], { written, check }: Asking): readonly Line[] {
  return inOrder(withConsistentHash(lines), written).flatMap((line) => withCheck(line, check));
}

/** The lines of a check follow its first one. */
function withCheck(line: Line, check: HealthCheck | undefined): readonly Line[] {
  const [first, ...others] = check?.lines ?? [];
  return line.text === first ? [line, ...others.map((text) => ({ text, from: line.from }))] : [line];
}

/** True for a way to choose a server by a hash of the client. */
export function isHash(text: string): boolean {
  return text === "balance source" || text.startsWith("balance hash ");
}

/** With any other kind of hash a server cannot come at run time. */
function withConsistentHash(lines: readonly Line[]): readonly Line[] {
  const source = lines.find(({ text }) => isHash(text));
  const isSaid = lines.some(({ text }) => text.startsWith("hash-type "));
  return source && !isSaid ? [...lines, { text: "hash-type consistent", from: source.from }] : lines;
}
