/** What a label or a setting changes; `program`: the registrar's or the agent's own life, not what they do. */
export type ActsOn = "container" | "server" | "listener" | "proxy" | "node" | "program";

/** Whether a label has its effect yet, else the code of the rejection that says so. */
export type LabelStatus = "built" | "http-not-built" | "key-in-label";

/** A label that is known. */
export type Label = {
  /** In full; a name that ends with a dot or `_` stands for every label that begins so. */
  readonly name: string;
  /** A value, for the documentation. */
  readonly example: string;
  readonly about: string;
  /** What holds without the label; empty: nothing. */
  readonly fallback: string;
  readonly actsOn: ActsOn;
  readonly status: LabelStatus;
  /**
   * Whether a rejection may show the value: its grammar leaves no room for a secret. Of every other label, and of those
   * that are not known, its length alone is told.
   */
  readonly isHarmless: boolean;
  /** `<name>.<front port>` is the same for that port alone. (there is no such label) */
  readonly isPerPort?: boolean;
};

/** What stands before the names that may be written in any case. */
export const proxyPrefix = "aliyun.proxy.";
/** What may stand in its place, and in that of `aliyun.` before names of other kinds. */
export const ownPrefix = "fairway.";

/** What the names of labels for a container's probe begin with. */
export const probePrefix = "aliyun.probe.";
