import { probeLine } from "./probe-url.ts";

/** A health check by its name. */
export type HealthCheck = {
  readonly name: string;
  /** In HAProxy's words, in their order: what the section of its listener says. */
  readonly lines: readonly string[];
  /** What each of its servers says beside the pace. */
  readonly words: readonly string[];
  /** By what a server serves. (by being alive) */
  readonly role?: Role;
  /**
   * In whose protocol who checks logs in with the password of its service: HAProxy itself in redis', and in PostgreSQL's
   * the proxy's agent, which is who finds the role there. (in none)
   */
  readonly login?: "redis" | "postgres";
};

/** `primary`: one server serves, whichever has that role now. `replica`: all those that have it. */
export type Role = "primary" | "replica";

/** A check, or why a text is none. */
export type CheckReading =
  { readonly ok: true; readonly check: HealthCheck } | { readonly ok: false; readonly reason: string };

/** What stands in a record for a CHECK that nobody can read: its container is served nowhere, as a replica may be one. */
export const notValidCheck = "not valid";

const send = (text: string) => `tcp-check send-binary ${hexOf(text)}`;
/**
 * Answers are compared from their first byte on, so that one who answers something else before is noticed. With as many
 * bytes as the shortest answer has, another one is known at once: HAProxy waits no longer for more.
 */
const expect = (pattern: string, least: number) => `tcp-check expect min-recv ${least} rbinary ^${pattern}`;

const redis = (question: string, ...expected: readonly [pattern: string, least: number]) => [
  "option tcp-check",
  send(`${question}\r\n`),
  expect(...expected),
];

/** Login of a user that need not be there: who is asked for a password, or refused by name, is talking to a database. */
export const checkUser = "fairway";

/**
 * MySQL blocks hosts that only connect, so this one logs in: protocol 4.1, secure connection, no password. An answer that
 * tells of no right to be there is as good as one that lets it in: 1045, 1251, 1698.
 */
const mysqlLogin = packet(
  1,
  `${hexOf(String.fromCharCode(0, 0x82, 0, 0))}0000000121${"00".repeat(23)}${hexOf(checkUser)}0000`,
);
const mysqlAnswer = "......02(00|FE|FF(1504|E304|A206))";

/** Protocol 3.0. It is alive when it asks for a password, lets it in, or refuses that user (28...), not while it starts. */
const postgresLogin = `000000${byteHex(8 + 5 + checkUser.length + 2)}00030000${hexOf("user")}00${hexOf(checkUser)}0000`;
const postgresAnswer = "(52|45(..)*00433238)";
const postgresLines = ["option tcp-check", `tcp-check send-binary ${postgresLogin}`, expect(postgresAnswer, 9)];

/** Every check that takes no more than its name. */
const named: Readonly<Record<string, Omit<HealthCheck, "name">>> = {
  tcp: { lines: ["option tcp-check"], words: [] },
  redis: { lines: redis("PING", `(${hexOf("+PONG")}|${hexOf("-NOAUTH")})`, 5), words: [], login: "redis" },
  "redis-primary": {
    lines: redis("ROLE", hexOf("*3\r\n$6\r\nmaster"), 14),
    words: [],
    role: "primary",
    login: "redis",
  },
  "redis-replica": {
    lines: redis("ROLE", hexOf("*5\r\n$5\r\nslave"), 13),
    words: [],
    role: "replica",
    login: "redis",
  },
  ssl: { lines: ["option tcp-check"], words: ["check-ssl", "verify", "none"] },
  mysql: {
    lines: [
      "option tcp-check",
      "tcp-check expect min-recv 5 rbinary ^......000A",
      `tcp-check send-binary ${mysqlLogin}`,
      expect(mysqlAnswer, 7),
    ],
    words: [],
  },
  smtp: { lines: ["option smtpchk HELO localhost"], words: [] },
  postgres: { lines: postgresLines, words: [] },
  "postgres-primary": { lines: postgresLines, words: [], role: "primary", login: "postgres" },
  "postgres-replica": { lines: postgresLines, words: [], role: "replica", login: "postgres" },
};

/** What CHECK may say, as sentences name it. */
export const checkNames: readonly string[] = [...Object.keys(named), "http:/path"];

/** Reads the text of CHECK: a name in any case; after `http:` a path. */
export function readCheck(text: string): CheckReading {
  const asked = text.trim();
  const name = asked.toLowerCase();
  const known = Object.hasOwn(named, name) ? named[name] : undefined;
  if (known) return { ok: true, check: { name, ...known } };
  const path = /^http:(\/.*)$/i.exec(asked)?.[1];
  const line = path === undefined ? undefined : probeLine(`http://container${path}`);
  if (line !== undefined) return { ok: true, check: { name: `http:${path}`, lines: [line], words: [] } };
  return { ok: false, reason: `it is none of ${checkNames.join(", ")}` };
}

/** How often a server is asked for its role: what it answers is about writes. */
const rolePace = ["check", "inter", "300ms", "fastinter", "100ms", "rise", "1", "fall", "2"];
const usualPace = ["check", "inter", "2s", "rise", "2", "fall", "3"];
/** Words of a proxy's HEALTH_CHECK that are about the pace. */
const paceWords = new Set(["inter", "fastinter", "downinter", "rise", "fall"]);

/** The words of a server's health check by CHECK: at the proxy's own pace, unless it is about roles. */
export function checkWords({ role, words }: HealthCheck, proxy: readonly string[]): readonly string[] {
  if (role !== undefined) return [...rolePace, ...words];
  const pace = proxy.flatMap((word, at) => (paceWords.has(word) ? [word, proxy[at + 1] ?? ""] : []));
  return [...(pace.length === 0 ? usualPace : ["check", ...pace]), ...words];
}

/** What its own settings say of its check: that of its listener is the one that counts. */
export function withoutEffect(settings: Readonly<Record<string, string>>, { name }: HealthCheck): readonly string[] {
  const given = ["probe.url", "HEALTH_CHECK"].filter((each) => settings[each] !== undefined);
  return given.map((each) => `${each} has no effect: CHECK ${name} holds for every server of its listener`);
}

/** Whether its service asks for a kind of check that says more than that a port accepts. */
export function hasCheckKind({
  OPTION: option = "",
  EXTRA_SETTINGS: extra = "",
}: Readonly<Record<string, string>>): boolean {
  const items = [...option.split(","), ...extra.split(",").filter((item) => /^ *option /.test(item))];
  return items.some((item) => /^ *(?:option +)?[a-z-]+(?:-check|chk)(?: |$)/.test(item));
}

/** A packet of MySQL's: the length of what it holds, its number, and that, in hexadecimal. */
function packet(number: number, content: string): string {
  return `${byteHex(content.length / 2)}0000${byteHex(number)}${content}`;
}

function hexOf(text: string): string {
  return Buffer.from(text, "latin1").toString("hex").toUpperCase();
}

function byteHex(byte: number): string {
  return byte.toString(16).padStart(2, "0").toUpperCase();
}
