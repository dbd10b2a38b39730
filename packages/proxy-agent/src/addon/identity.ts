import { handoutSchema } from "@fairway/contract";
import type { z } from "zod";

/** Who and where this proxy is, as the addon says: what is remembered of its answer. */
export const identitySchema = handoutSchema.pick({ node: true, proxy: true, project: true, networks: true });

export type Identity = Readonly<z.infer<typeof identitySchema>>;

/** The part of an answer that is remembered, also on disk: no way to the registry, no secrets. */
export function identityIn({ node, proxy, project, networks }: Identity): Identity {
  return { node, proxy, project, networks };
}
