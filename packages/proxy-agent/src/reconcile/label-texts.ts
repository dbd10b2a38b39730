import { serviceIdOf } from "@fairway/contract";
import type { Line, Listener, Origin, Server } from "@fairway/haproxy";
import type { Desired } from "../desired/desired.ts";
import type { TracedProblem } from "./haproxy-cfg.ts";

/** Text of labels in a configuration: a line of a listener, or what a service's labels add to its servers' lines. */
export type LabelText = {
  /** The same text of the same service has the same one. */
  readonly id: string;
  readonly service: string;
  /** The labels' names, for sentences. */
  readonly settings: readonly string[];
  /** What HAProxy's complaint about it has as its origin: see {@link markOf}. */
  readonly mark: Mark | undefined;
};

/** A server's name, or the origin of a listener's line. */
type Mark = string | Origin;

/** Tells the line that HAProxy complains of, as {@link LabelText} does. */
export function markOf({ origin }: TracedProblem): Mark | undefined {
  return origin?.server ?? origin;
}

/** The text of labels in a listener; that of many servers alike is there as often. */
export function labelTexts({ settings, servers }: Listener): readonly LabelText[] {
  const lines = (settings.lines ?? []).flatMap((line): readonly LabelText[] => {
    const [service] = line.from.services;
    return service === undefined
      ? []
      : [{ id: idOfLine(line), service, settings: line.from.settings, mark: line.from }];
  });
  const labelled = servers.filter(({ plain }) => plain !== undefined);
  return [...lines, ...labelled.map(textOfServer)];
}

function textOfServer(server: Server): LabelText {
  const { name: mark, endpoint } = server;
  return { id: idOfServer(server), service: serviceIdOf(endpoint), settings: ["those of its server"], mark };
}

/** Tells the text of a listener's line, and whose it is. */
export function idOfLine({ text, from }: Line): string {
  return ["line", ...from.services, text].join("\n");
}

function isOwn({ from }: Line): boolean {
  return from.services.length === 0;
}

/** Tells the text that labels add to a server's line, and whose it is. */
export function idOfServer({ endpoint, options, plain }: Server): string {
  return plain === undefined ? "" : ["server", serviceIdOf(endpoint), ...options].join("\n");
}

/** A configuration with no other text of labels than these. Lines of no service are no labels'. */
export function withTexts({ sections, listeners }: Desired, ids: ReadonlySet<string>): Desired {
  const left = listeners.map((listener): Listener => {
    const lines = (listener.settings.lines ?? []).filter((line) => isOwn(line) || ids.has(idOfLine(line)));
    const servers = listener.servers.map((server) => {
      const { plain } = server;
      return plain === undefined || ids.has(idOfServer(server)) ? server : { ...server, options: plain };
    });
    return { ...listener, settings: { ...listener.settings, lines }, servers };
  });
  return { sections, listeners: left };
}
