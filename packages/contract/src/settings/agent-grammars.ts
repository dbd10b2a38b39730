import { z } from "zod";
import { handoutPath } from "../handout.ts";
import { longestName } from "../bounds.ts";
import { isBalancerName, type ServiceName } from "../keys.ts";
import { isServerName } from "../server-name.ts";
import { projectName } from "../labels/share.ts";
import { hasControlCharacter } from "../text.ts";
import { duration, port } from "./grammars.ts";

/** Values that only the proxy agent's settings have. */

/** Text for HAProxy: one line. HAProxy itself judges it before it is used. */
export const haproxyText: z.ZodType<string, string> = z
  .string()
  .refine((text) => !hasControlCharacter(text))
  .describe("one line of HAProxy's configuration language");

/** How long connections may wait: clients do not wait for ever either. */
export const failoverWait: z.ZodType<number, string> = duration()
  .refine((ms) => ms <= 60_000)
  .describe("seconds, or a number with ms or s, such as 500ms or 15s, at most 60s");

/** A range of ports, both ends included. */
export type PortRange = { readonly first: number; readonly last: number };

/** A port or `first-last`. */
export const portRange: z.ZodType<PortRange, string> = z
  .string()
  .transform((text) => text.split("-").map((part) => part.trim()))
  .pipe(z.array(port).min(1).max(2))
  .transform(([first = 0, last = first]) => ({ first, last }))
  .refine(({ first, last }) => first <= last)
  .describe("a port or a range such as 6000-6999");

/** Every port, a port or `first-last`. */
export const sharedPorts: z.ZodType<PortRange, string> = z
  .union([z.literal("*").transform(() => ({ first: 1, last: 65535 })), portRange])
  .describe("*, a port or a range such as 6000-6999");

/** The name of a load balancer, as labels have it. */
export const balancerName: z.ZodType<string, string> = z
  .string()
  .max(longestName)
  .refine((text) => isBalancerName(text) && !hasControlCharacter(text))
  .describe("a name of at most 255 characters, without `*`, `,` and `/`");

/** A project, and the ports that are its own. */
export type PortOwner = { readonly project: string; readonly ports: PortRange };

/** Reads `project:ports`. */
export const portOwner: z.ZodType<PortOwner, string> = z
  .string()
  .transform((text) => /^(.+):([^:]*)$/s.exec(text)?.slice(1) ?? [])
  .pipe(z.tuple([z.string().trim().pipe(projectName), portRange]))
  .transform(([project, ports]) => ({ project, ports }))
  .describe("project:ports, such as shop:6379 or shop:7000-7010");

/** A project, and the name, or all names below one, that are its own on every port. */
export type NameOwner = { readonly project: string; readonly name: string };

/** Reads `project:name`. */
export const nameOwner: z.ZodType<NameOwner, string> = z
  .string()
  .transform((text) => /^(.+):([^:]*)$/s.exec(text)?.slice(1) ?? [])
  .pipe(z.tuple([z.string().trim().pipe(projectName), z.string().trim().toLowerCase().refine(isServerName)]))
  .transform(([project, name]) => ({ project, name }))
  .describe("project:name, such as shop:db.example.com or shop:*.shop.example.com");

/** `port:text`: words for the `bind` lines of one port. */
export type BindOptions = { readonly port: number; readonly words: readonly string[] };

/** Reads {@link BindOptions}. */
export const bindOptions: z.ZodType<BindOptions, string> = haproxyText
  .transform((text) => /^([^:]*):(.*)$/.exec(text)?.slice(1) ?? [])
  .pipe(z.tuple([port, z.string().min(1)]))
  .transform(([port, text]) => ({ port, words: wordsOf(text) }))
  .describe("port:text, the text for that port's bind line, such as 6379:accept-proxy");

/** Splits text at spaces. */
export function wordsOf(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

/** Words of a `server` line; may be empty. */
export const serverOptions: z.ZodType<readonly string[], string> = haproxyText
  .transform(wordsOf)
  .describe("parameters of HAProxy's server line");

/** `user:password`. */
export const userAndPassword: z.ZodType<string, string> = z
  .string()
  .regex(/^[^:\p{Cc}]+:[^\p{Cc}]+$/u)
  .describe("user:password");

/** The name of a `backend` of the operator's; `port_<number>` and `fairway_…` are ours. */
export const backendName: z.ZodType<string, string> = z
  .string()
  .regex(/^(?!port_[0-9]+$|fairway_)[A-Za-z0-9_.-]{1,64}$/)
  .describe("at most 64 letters, digits, `_`, `.` and `-`, neither port_<number> nor fairway_…");

/** What HAProxy answers as its health: a path that is compared as it stands. */
export const monitorUri: z.ZodType<string, string> = z
  .string()
  .max(1024)
  .regex(/^\/[!-"$-~]*$/)
  .describe("a path such as /health, without spaces and `#`");

/** What stands after `log`: where HAProxy sends its log. */
export const logTarget: z.ZodType<string, string> = z
  .string()
  .regex(/^[^\s\p{Cc}]+$/u)
  .describe("a host, host:port or the path of a socket");

/** `*`, or one address of this machine. */
export const bindAddress: z.ZodType<string, string> = z
  .union([z.literal("*"), z.ipv4(), z.ipv6()])
  .describe("* or an IPv4 or IPv6 address of this machine");

/** Where the addon answers; without a path, at the one that it has. */
export const addonUrl: z.ZodType<string, string> = z
  .string()
  .regex(/^http:\/\/[^\s/?#@]+(\/[^\s?#@]*)?$/)
  .refine((text) => URL.canParse(text))
  .transform((text) => (new URL(text).pathname === "/" ? new URL(handoutPath, text).href : text))
  .describe("a URL such as http://172.17.0.1:7379");

/** One item of ADDITIONAL_SERVICES: everything, or one service of one project. */
export type ScopeItem = "*" | ServiceName;

/** Reads `*` or `project:service`; spaces around the names do not count. */
export const scopeItem: z.ZodType<ScopeItem, string> = z
  .string()
  .transform((text) => text.split(":").map((part) => part.trim()))
  .refine((parts) => (parts.length === 1 && parts[0] === "*") || (parts.length === 2 && parts.every(isName)))
  .transform(([project = "", service]) => (service === undefined ? "*" : { project, service }))
  .describe("* (everything, it stands alone) or project:service");

function isName(text: string): boolean {
  return text !== "" && !/[*\p{Cc}]/u.test(text);
}
