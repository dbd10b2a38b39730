import { readFileSync } from "node:fs";

/** The template that comes with this program. */
export function builtInTemplate(): string {
  return readFileSync(new URL("../templates/haproxy.cfg.mustache", import.meta.url), "utf8");
}
