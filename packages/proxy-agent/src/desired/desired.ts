import type { Configuration } from "@fairway/haproxy";

/** What HAProxy should hold. Made by `desiredConfig`, compared by `plan`. */
export type Desired = Configuration & {
  /** What the registry asks for and this proxy does not serve, with reasons. */
  readonly rejections: readonly EndpointRejection[];
};

/** Something in the registry that this proxy does not serve, or serves otherwise than asked. */
export type EndpointRejection = {
  readonly code: string;
  /** Key of the record, relative to the prefix. */
  readonly key: string;
  readonly reason: string;
};
