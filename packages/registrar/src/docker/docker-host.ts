import { z } from "zod";

/** Where a Docker engine answers. */
export type DockerHost =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

/** `unix:///path` or `tcp://host:port`, as the docker command understands it. */
export const dockerHost: z.ZodType<DockerHost, string> = z
  .string()
  .regex(/^(unix:\/\/\/[^\u0000-\u001f\u007f]+|tcp:\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+):[0-9]{1,5}\/?)$/)
  .transform(split)
  .refine((host) => host.kind === "unix" || (host.port >= 1 && host.port <= 65535))
  .describe("a socket or an address such as unix:///var/run/docker.sock or tcp://127.0.0.1:2375");

function split(text: string): DockerHost {
  if (text.startsWith("unix://")) return { kind: "unix", path: text.slice("unix://".length) };
  const [, host = "", port = ""] = /^tcp:\/\/(.+):([0-9]+)\/?$/.exec(text) ?? [];
  return { kind: "tcp", host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
}
