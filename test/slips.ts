import { proxyLabels } from "./lab/index.ts";
import type { Expected } from "./told.ts";

export type Labels = Readonly<Record<string, string>>;

/** What is told of a container that opts in and lists no port that can be read. */
export const portless = {
  severity: "hint",
  code: "required-without-port",
  reason: "no port to route to: list the container's ports in aliyun.proxy.TCP_PORTS",
} as const;

/** A container's labels that miss something, whether it is served all the same, and everything that is told of it. */
export type Slip = { readonly labels: Labels; readonly isServed?: boolean; readonly tells: Expected };

/** Containers that ask for front port 6379, or think they do. */
export const slips: readonly Slip[] = [
  {
    labels: proxyLabels("abc, 99999, 6379"),
    isServed: true,
    tells: [
      { severity: "refused", code: "not-a-port", reason: "abc is not a port (1–65535)" },
      { severity: "refused", code: "port-out-of-range", reason: "99999 is not a port (1–65535)" },
    ],
  },
  {
    labels: { ...proxyLabels("6379"), "aliyun.proxy.required": "yes" },
    tells: [{ severity: "hint", code: "required-not-true", reason: '"yes" does not opt in: only exactly "true" does' }],
  },
  {
    labels: { "aliyun.proxy.TCP_PORTS": "6379" },
    tells: [
      {
        severity: "hint",
        code: "ports-without-required",
        reason: 'ports alone do not opt in: add aliyun.proxy.required: "true"',
      },
    ],
  },
  {
    labels: { "aliyun.proxy.required": "true" },
    tells: [portless],
  },
];
