import { createHash, timingSafeEqual } from "node:crypto";
import { isAddressHost } from "@fairway/program";
import type { MiddlewareHandler } from "hono";

/** Who may look at the page. */
export type PageAccess = {
  /** `user:password`; undefined: whoever reaches it. */
  readonly login: string | undefined;
  /** Names that it is asked under, beside addresses and localhost. */
  readonly hosts: readonly string[];
};

/** What the page may load and do: what comes with it, and nothing else. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

const headers: Readonly<Record<string, string>> = {
  "Content-Security-Policy": policy,
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};

/**
 * Lets nobody in who asks under a name that is none of ours, so that no other page reaches this one by a name that leads
 * here, and nobody without user and password where these are set. Only reads.
 */
export function guard({ login, hosts }: PageAccess): MiddlewareHandler {
  return async (c, next) => {
    for (const [name, value] of Object.entries(headers)) c.header(name, value);
    c.header("Cache-Control", "no-store");
    if (!isOurs(c.req.header("host"), hosts))
      return c.text("ask by an address, localhost, or a name of UI_HOSTS\n", 421);
    if (login !== undefined && !isLogin(c.req.header("authorization"), login)) {
      return c.text("user and password are wanted\n", 401, {
        "WWW-Authenticate": 'Basic realm="fairway", charset="UTF-8"',
      });
    }
    if (c.req.method !== "GET" && c.req.method !== "HEAD")
      return c.text("this page only shows\n", 405, { Allow: "GET" });
    await next();
    return undefined;
  };
}

function isOurs(header: string | undefined, hosts: readonly string[]): boolean {
  return isAddressHost(header) || hosts.includes((header ?? "").replace(/:[0-9]*$/, "").toLowerCase());
}

function isLogin(header: string | undefined, login: string): boolean {
  const [scheme = "", given = ""] = header?.split(" ") ?? [];
  const hash = (text: string) => createHash("sha256").update(text).digest();
  const wanted = Buffer.from(login).toString("base64");
  return scheme.toLowerCase() === "basic" && timingSafeEqual(hash(given), hash(wanted));
}
