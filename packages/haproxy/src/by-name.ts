import { frontOf, type Front } from "@fairway/contract";
import { admissionLines, isRefused, refusalTexts, refusedAs } from "./admission.ts";
import type { Line, Listener, PortNames } from "./configuration.ts";
import { idleNameLines } from "./connection-log.ts";
import { bindText, ownLine, quotedWord, serverLine } from "./lines.ts";
import { ownSection, sectionName } from "./names.ts";
import { spareLines } from "./spares.ts";
import type { NamesFile, RenderOptions } from "./render-options.ts";

/** What stands in the files of names of a port, line by line: name and section. `sectionOf`: that of a name. */
export function nameEntries(
  { port, names }: Pick<Listener, "port"> & { readonly names: PortNames },
  file: NamesFile,
  sectionOf: (front: Front) => string = sectionName,
): readonly string[] {
  const isTwice = opensTwice(names);
  return names.routes.flatMap(({ name, isOpened }) => {
    const section = sectionOf(frontOf({ port, name }));
    if (file === "opened") return isOpened && isTwice ? [`${name} ${section}`] : [];
    return [`${name} ${isOpened && isTwice ? ownSection(port, "opened") : section}`];
  });
}

/** True when some names of a port are opened and some are not, or are asked for in plain first: what is opened goes through HAProxy twice then. */
export function opensTwice({ routes }: PortNames): boolean {
  return routes.some(({ isOpened }) => isOpened) && routes.some(({ isOpened, isGreeted }) => !isOpened || isGreeted);
}

/** True for a port where clients of PostgreSQL are answered that TLS may be opened. */
export function greets({ routes }: PortNames): boolean {
  return routes.some(({ isGreeted }) => isGreeted);
}

/** The files of names that a port has. */
export function namesFiles(names: PortNames): readonly NamesFile[] {
  return opensTwice(names) ? ["names", "opened"] : ["names"];
}

/** True where names of a port can come and go without another frontend: what opens TLS there is the same. */
export function opensAlike(a: PortNames, b: PortNames): boolean {
  const isAny = ({ routes }: PortNames) => routes.some(({ isOpened }) => isOpened);
  return opensTwice(a) === opensTwice(b) && isAny(a) === isAny(b) && greets(a) === greets(b);
}

/** How long a client may take to say which name it wants. */
const helloS = 10;

/** A client that says nothing is gone after this; what holds of established connections their backend says. */
const clientLine = `timeout client ${helloS}s`;

/** A client that said nothing once its TLS was opened is logged too: IDLE may have ended it. */
const logSilent = "no option dontlognull";

/** `isLogged`: the agent is told of each connection. */
type NamedOptions = RenderOptions & { readonly isLogged: boolean };

/** The sections of ports with names on them, and of these names. */
export function byNameLines(listeners: readonly Listener[], options: NamedOptions): readonly Line[] {
  const own = listeners.flatMap((listener) => {
    if (listener.names !== undefined) return portLines({ ...listener, names: listener.names }, options);
    return listener.name === undefined ? [] : nameLines(listener, options);
  });
  const more = (lines: readonly Line[]) => (options.isLogged ? idleNameLines(lines) : []);
  const isGreeting = listeners.some(({ names }) => names !== undefined && greets(names));
  const greeter = isGreeting ? ["global", `    lua-load ${quotedWord(options.greeterFile)}`].map(ownLine) : [];
  return own.length === 0 ? own : [...greeter, ...own, ...spareLines(listeners, more)];
}

type Named = Listener & { readonly names: PortNames };

function portLines(listener: Named, options: NamedOptions): readonly Line[] {
  const { port, names, settings } = listener;
  const isTwice = opensTwice(names);
  const isOpenedHere = !isTwice && names.routes.some(({ isOpened }) => isOpened);
  const words = [...(isOpenedHere ? names.tls : []), ...settings.bind];
  const from = options.bindOrigin(listener);
  const binds = settings.addresses.map((address) => ({ text: [bindText(address, port), ...words].join(" "), from }));
  const file = (is: NamesFile) => options.namesFile(port, is);
  return [
    ownLine(`frontend ${sectionName(port)}`),
    ...indented([
      ownLine("mode tcp"),
      ...binds,
      ownLine(clientLine),
      ...(options.isLogged ? [ownLine(logSilent)] : []),
      ...admissionLines(listener, { fileOf: (kind) => options.listFile(port, kind), template: options.template }),
      ...routeTexts(listener, { file: file("names"), isPassed: !isOpenedHere }).map(ownLine),
    ]),
    ...(isTwice ? openedLines(listener, options, file("opened")) : []),
  ];
}

/** What is opened here although other names on the port are passed through: a second frontend opens it. */
function openedLines(listener: Named, { namesSocket, isLogged }: NamedOptions, file: string): readonly Line[] {
  const { port, names } = listener;
  const socket = `unix@${quotedWord(namesSocket(port))}`;
  return [
    `backend ${ownSection(port, "opened")}`,
    "    mode tcp",
    // Whose time without a byte is over says the name, once it is opened.
    "    timeout tunnel 24d",
    `    server tls ${socket} send-proxy-v2`,
    `frontend ${ownSection(port, "tls")}`,
    "    mode tcp",
    `    bind ${socket} accept-proxy mode 600 ${names.tls.join(" ")}`,
    `    ${clientLine}`,
    ...(isLogged ? [`    ${logSilent}`] : []),
    ...routeTexts(listener, { file, isPassed: false }).map((text) => `    ${text}`),
  ].map(ownLine);
}

const isGreetedClient = "{ var(sess.greeted) -m found }";

/** Answers that encryption by Kerberos may not be had, and that TLS may, where a client asks so before its first byte of TLS. */
const greeterTexts: readonly string[] = [
  "lua.fairway_postgres_no if { req.payload(0,8) -m bin 0000000804d21630 }",
  "set-var(sess.greeted) bool(true) if { req.payload(0,8) -m bin 0000000804d2162f }",
  "lua.fairway_postgres_tls if { req.payload(0,8) -m bin 0000000804d2162f }",
];

/**
 * What HAProxy loads for {@link greeterTexts}: the request's eight bytes are taken, and answered by one
 * (PostgreSQL's manual, "Message Flow", SSL and GSSAPI session encryption).
 */
export const greeterProgram = `local function answer(byte)
  return function(txn)
    txn.req:remove(0, 8)
    txn.res:send(byte)
  end
end
core.register_action("fairway_postgres_no", { "tcp-req" }, answer("N"), 0)
core.register_action("fairway_postgres_tls", { "tcp-req" }, answer("S"), 0)
`;

const fits = "{ ssl_fc_sni,lower";

/** Finds the section of a name: of itself, else of the wildcard that it is within, else of every other name; by what, `route` says. */
function routeTexts(
  { port, names }: Named,
  { file, isPassed }: { readonly file: string; readonly isPassed: boolean },
): readonly string[] {
  const map = `map_str(${quotedWord(file)})`;
  const isFound = "{ var(sess.to) -m found }";
  const refuse = `set-var(sess.refused) ${refusedAs({ port }, "name")}`;
  const kept = names.kept.flatMap((name) => (name.startsWith("*") ? ["-m end", name.slice(1)] : ["-m str", name]));
  const isGreeting = isPassed && greets(names);
  const rules = [
    ...(isGreeting ? greeterTexts : []),
    ...(isPassed ? [`${refuse} unless { req.ssl_hello_type 1 }`] : []),
    `set-var(sess.name) ${isPassed ? "req.ssl_sni" : "ssl_fc_sni"},lower if !${isRefused}`,
    `set-var(sess.route) var(sess.name)`,
    `set-var(sess.to) var(sess.route),${map}`,
    `set-var(sess.route) var(sess.name),regsub(^[^.]*,*) if !${isFound}`,
    `set-var(sess.to) var(sess.route),${map} if !${isFound}`,
    ...pairs(kept).map(([how, text]) => `${refuse} if !${isFound} { var(sess.name) ${how} ${text} }`),
    `set-var(sess.route) str(*) if !${isFound} !${isRefused}`,
    `set-var(sess.to) var(sess.route),${map} if !${isFound} !${isRefused}`,
    `${refuse} if !${isFound}`,
    // A server of PostgreSQL's own wants to be asked as well.
    ...(isGreeting ? [`${refuse} if ${isGreetedClient} !{ var(sess.to) -m str ${ownSection(port, "opened")} }`] : []),
    ...refusalTexts,
    // HAProxy takes another list of names at run time where a rule has one: the agent changes them with the certificates.
    ...(isPassed
      ? []
      : names.certificates.map((list) => `set-var(sess.fits) bool(true) if ${fits} -f ${quotedWord(list)} }`)),
  ];
  return [
    ...(isPassed ? [`tcp-request inspect-delay ${helloS}s`] : []),
    ...rules.map((rule) => `tcp-request content ${rule}`),
    "use_backend %[var(sess.to)]",
  ];
}

function pairs(texts: readonly string[]): readonly (readonly [string, string])[] {
  return texts.flatMap((text, at) => (at % 2 === 0 ? [[text, texts[at + 1] ?? ""] as const] : []));
}

function nameLines(listener: Listener, options: NamedOptions): readonly Line[] {
  const { port, name, settings, servers } = listener;
  const fileOf = (kind: Parameters<RenderOptions["listFile"]>[1]) => options.listFile(port, kind, name);
  return [
    ownLine(`backend ${sectionName(frontOf({ port, name }))}`),
    ...indented([
      ownLine("mode tcp"),
      ...admissionLines(listener, { fileOf, template: options.template }),
      ...(settings.lines ?? []),
      ...(options.isLogged ? idleNameLines(settings.lines ?? []) : []),
      ...servers.map((server) => ({ text: serverLine(server), from: options.serverOrigin(server) })),
    ]),
  ];
}

function indented(lines: readonly Line[]): readonly Line[] {
  return lines.map(({ text, from }) => ({ text: `    ${text}`, from }));
}
