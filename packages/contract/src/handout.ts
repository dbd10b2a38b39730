import { z } from "zod";
import { hostPortSchema, networkSchema } from "./records.ts";

const nullableText = z.string().nullable();

/** Where a registrar's addon hands out subscriptions, below its address. */
export const handoutPath = "/v1/subscription";

/** The port of the addon unless ADDON_LISTEN says otherwise. */
export const addonPort = 7379;

/** The addon's answer to a proxy container: who and where it is, and its way to the registry. */
export const handoutSchema = z.object({
  v: z.literal(1),
  node: z.string().min(1),
  nodeAddress: z.string(),
  zone: z.string(),
  /** The container's name. */
  proxy: z.string().min(1),
  project: z.string().min(1),
  service: z.string().min(1),
  /** The Docker networks that the container is on. */
  networks: z.array(networkSchema),
  /** The ports of the node that lead to the container. */
  published: z.array(hostPortSchema).default([]),
  /** The addresses of the node's machine that other machines might be told. */
  hostAddresses: z.array(z.string()).default([]),
  registry: z.object({
    prefix: z.string(),
    endpoints: z.array(z.string()).min(1),
    username: nullableText,
    password: nullableText,
    /** PEM. */
    ca: nullableText,
    cert: nullableText,
    key: nullableText,
  }),
});

export type Handout = Readonly<z.infer<typeof handoutSchema>>;
