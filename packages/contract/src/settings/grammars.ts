import { z } from "zod";
import { isUnspecified } from "../ip.ts";

export { duration } from "../duration.ts";

/**
 * Shapes of one-value settings: text of an environment variable in, typed value out.
 * Each carries in its description what is allowed, as the error and the documentation say it.
 */

/** A port by its number. */
export const port: z.ZodType<number, string> = z
  .string()
  .regex(/^[0-9]{1,5}$/)
  .transform(Number)
  .refine((n) => n >= 1 && n <= 65535)
  .describe("a port, 1–65535");

/** A whole number within bounds. */
export function wholeNumber(least: number, most: number): z.ZodType<number, string> {
  return z
    .string()
    .regex(/^-?[0-9]{1,10}$/)
    .transform(Number)
    .refine((n) => n >= least && n <= most)
    .describe(`a whole number, ${least} to ${most}`);
}

/** One of a few words. */
export function oneOf<const T extends string>(...words: readonly [T, ...T[]]): z.ZodType<T, string> {
  const isWord = (text: string): text is T => words.some((word) => word === text);
  return z
    .string()
    .refine(isWord)
    .describe(`one of ${words.join(", ")}`);
}

/** One line of printable text. */
export const line: z.ZodType<string, string> = z
  .string()
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]+$/u)
  .describe("one line of text without control characters");

/** A name that may stand in a registry key and on a screen. */
export const name: z.ZodType<string, string> = z
  .string()
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}\s/%]{1,128}$/u)
  .describe("a name of at most 128 characters without spaces, `/` and `%`");

/** The path of a file or directory. */
export const filePath: z.ZodType<string, string> = z
  .string()
  .regex(/^[^\u0000-\u001f\u007f]+$/)
  .describe("the path of a file");

/** The address of one host, which `0.0.0.0` and `::` are not. */
export const hostAddress: z.ZodType<string, string> = z
  .union([z.ipv4(), z.ipv6()])
  .refine((text) => !isUnspecified(text))
  .describe("the IPv4 or IPv6 address of a host");

/** Where a server of ours listens. */
export type ListenAddress = { readonly host: string; readonly port: number };

/** `host:port`, or `:port` for every address; IPv6 hosts in brackets. */
export const listenAddress: z.ZodType<ListenAddress, string> = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]*):[0-9]{1,5}$/)
  .transform(splitListenAddress)
  .refine(({ port: n }) => n <= 65535)
  .describe("an address and port such as 127.0.0.1:7380, or :7380 for every address");

/** A listen address as a setting writes it; IPv6 hosts in brackets. */
export function listenText({ host, port }: ListenAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function splitListenAddress(text: string): ListenAddress {
  const colon = text.lastIndexOf(":");
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, "") || "::", port: Number(text.slice(colon + 1)) };
}

/** A comma list of one kind of item; a bad item spoils the whole. */
export function commaList<T>(item: z.ZodType<T, string>): z.ZodType<readonly T[], string> {
  return z
    .string()
    .transform((text) =>
      text
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== ""),
    )
    .pipe(z.array(item).min(1))
    .describe(`a comma list, each ${item.description ?? "an item"}`);
}

/** `http://host:port` or `https://host:port`. */
export const endpointUrl: z.ZodType<string, string> = z
  .string()
  .regex(/^https?:\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+):[0-9]{1,5}$/)
  .refine((text) => Number(text.slice(text.lastIndexOf(":") + 1)) <= 65535)
  .describe("a URL such as http://etcd-1:2379");

/** The list of etcd's members. */
export const etcdEndpoints = commaList(endpointUrl);

/** What stands before every key. */
export const keyPrefix: z.ZodType<string, string> = z
  .string()
  .regex(/^\/[^\s\u0000-\u001f\u007f]*[^/\s\u0000-\u001f\u007f]$/)
  .describe("a key prefix such as /fairway/v1, without a slash at its end");

/** Where a Docker engine answers. */
export type DockerHost =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

/** `unix:///path` or `tcp://host:port`, as the docker command understands it. */
export const dockerHost: z.ZodType<DockerHost, string> = z
  .string()
  .regex(/^(unix:\/\/\/[^\u0000-\u001f\u007f]+|tcp:\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+):[0-9]{1,5}\/?)$/)
  .transform(splitDockerHost)
  .refine((host) => host.kind === "unix" || (host.port >= 1 && host.port <= 65535))
  .describe(
    "a socket or an address such as unix:///var/run/docker.sock or tcp://127.0.0.1:2375, not ssh:// and no context",
  );

function splitDockerHost(text: string): DockerHost {
  if (text.startsWith("unix://")) return { kind: "unix", path: text.slice("unix://".length) };
  const [, host = "", port = ""] = /^tcp:\/\/(.+):([0-9]+)\/?$/.exec(text) ?? [];
  return { kind: "tcp", host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
}
