import { admissionLines, peerName, tableLines } from "./admission.ts";
import { byNameLines } from "./by-name.ts";
import { rolesLines } from "./check-questions.ts";
import { connectionLogFormat, idleLogLines } from "./connection-log.ts";
import { defaultCertificatesLines } from "./default-certificates.ts";
import type { Configuration, Line, Listener, Origin } from "./configuration.ts";
import { bindText, ownLine, serverLine } from "./lines.ts";
import { sectionName } from "./names.ts";
import type { RenderOptions } from "./render-options.ts";
import { inPieces, lazily, templateParts } from "./template.ts";

export type { RenderOptions };

/** haproxy.cfg, and whose text stands on which of its lines. */
export type Rendered = {
  /** Ends in a newline: HAProxy refuses a file that does not. */
  readonly text: string;
  /** By line number, from 1; lines that carry nobody's text but ours are not in it. */
  readonly origins: ReadonlyMap<number, Origin>;
};

/** Writes a configuration as haproxy.cfg. The same input gives the same bytes. */
export function render(configuration: Configuration, options: RenderOptions): Rendered {
  const origins: Origin[] = [];
  const view = templateView(configuration, options, ({ text, from }) => text + markOf(origins.push(from) - 1));
  const marked = [...templateParts(options.template, view)].join("").trimEnd().split("\n");
  const lines = marked.map((line) => line.replaceAll(marks, ""));
  return { text: `${lines.join("\n")}\n`, origins: originsOf(marked, origins) };
}

/**
 * The text of {@link render}, in pieces that are made when they are asked for: who writes a large one to a file does
 * other things between two of them.
 */
export function* renderPieces(configuration: Configuration, options: RenderOptions): Generator<string> {
  const view = templateView(configuration, options, ({ text }) => text);
  let held = "";
  for (const piece of inPieces(templateParts(options.template, view))) {
    const text = (held + piece).trimEnd();
    held = (held + piece).slice(text.length);
    if (text !== "") yield text;
  }
  yield "\n";
}

/** What the template sees: texts that are whole lines but for their indentation. */
type TemplateView = {
  readonly global: readonly string[];
  readonly defaults: readonly string[];
  readonly stats: readonly string[];
  readonly monitor: readonly string[];
  readonly backends: readonly string[];
  readonly listeners: Iterable<{
    readonly name: string;
    readonly port: number;
    readonly binds: readonly string[];
    readonly lines: readonly string[];
    readonly servers: Iterable<string>;
  }>;
};

/** Makes the text of a line, given whose text it carries. */
type Mark = (line: Line) => string;

function templateView({ sections, listeners }: Configuration, options: RenderOptions, mark: Mark): TemplateView {
  const tables = tableLines(listeners, options.peersSocket);
  const isLogged = sections.defaults.includes(connectionLogFormat);
  const peer = tables.length > 0 ? [ownLine(`localpeer ${peerName}`)] : [];
  return {
    global: [...peer, ...sections.global].map(mark),
    defaults: sections.defaults.map(mark),
    stats: [
      ...sections.stats,
      ...tables,
      ...rolesLines(listeners, options),
      ...defaultCertificatesLines(listeners),
      ...byNameLines(listeners, { ...options, isLogged }),
    ].map(mark),
    monitor: (sections.monitor ?? []).map(mark),
    backends: (sections.backends ?? []).map(mark),
    listeners: lazily(sectionsOf(listeners), (listener) => listenerView(listener, options, { mark, isLogged })),
  };
}

/** Those that are one section each: all, but for ports with names on them and these. */
function sectionsOf(listeners: readonly Listener[]): readonly Listener[] {
  const isByName = ({ name, names }: Listener) => name !== undefined || names !== undefined;
  return listeners.some(isByName) ? listeners.filter((each) => !isByName(each)) : listeners;
}

/** `isLogged`: the agent is told of each connection. */
type ViewOptions = { readonly mark: Mark; readonly isLogged: boolean };

function listenerView(listener: Listener, options: RenderOptions, { mark, isLogged }: ViewOptions) {
  const { bindOrigin, serverOrigin, listFile, template } = options;
  const { port, settings, servers } = listener;
  const { lines = [] } = settings;
  const from = bindOrigin(listener);
  const binds = settings.addresses.map((address) => [bindText(address, port), ...settings.bind].join(" "));
  const admission = admissionLines(listener, { fileOf: (kind) => listFile(port, kind), template });
  return {
    name: sectionName(port),
    port,
    binds: binds.map((text) => mark({ text, from })),
    lines: [...admission, ...lines, ...(isLogged ? idleLogLines(lines) : [])].map(mark),
    servers: lazily(servers, (server) => mark({ text: serverLine(server), from: serverOrigin(server) })),
  };
}

/** Marks ride along through the template, so that any template keeps track of whose text is where. */
const marks = /\u0000([0-9]+)\u0000/g;

function markOf(index: number): string {
  return `\u0000${index}\u0000`;
}

function originsOf(marked: readonly string[], origins: readonly Origin[]): ReadonlyMap<number, Origin> {
  const found = marked.flatMap((line, index) => {
    const origin = origins[Number(marks.exec(line)?.[1])];
    marks.lastIndex = 0;
    return origin && isSomebodys(origin) ? [[index + 1, origin] as const] : [];
  });
  return new Map(found);
}

function isSomebodys({ services, settings }: Origin): boolean {
  return services.length + settings.length > 0;
}
