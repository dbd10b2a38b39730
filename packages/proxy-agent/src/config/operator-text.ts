import { z } from "zod";
import type { Sections } from "@fairway/haproxy";
import type { ListenerFacts } from "../desired/desired.ts";
import { lineSchema, writeLines } from "../desired/lines-snapshot.ts";

/** What the operator's settings put into haproxy.cfg. */
export type OperatorText = Pick<
  ListenerFacts,
  | "addresses"
  | "bindOptions"
  | "checkOptions"
  | "serverOptions"
  | "balance"
  | "tunnelTimeout"
  | "failoverWaitMs"
  | "maxconn"
> & {
  readonly sections: Sections;
};

const storedSchema = z.object({
  sections: z.object({
    global: z.array(lineSchema),
    defaults: z.array(lineSchema),
    stats: z.array(lineSchema),
    monitor: z.array(lineSchema).default([]),
    backends: z.array(lineSchema).default([]),
  }),
  addresses: z.array(z.string()),
  bindOptions: z.array(z.tuple([z.int(), z.array(z.string())])),
  /** Earlier agents had them at the front of `serverOptions`. */
  checkOptions: z.array(z.string()).default([]),
  serverOptions: z.array(z.string()),
  /** Earlier agents kept none of these. */
  balance: z.string().default("roundrobin"),
  tunnelTimeout: z.string().default("1h"),
  failoverWaitMs: z.number().default(5000),
  maxconn: z.number().default(4096),
});

/** {@link OperatorText} as snapshot.json keeps it once HAProxy has found it valid. */
export const operatorTextSchema = z.codec(storedSchema, z.custom<OperatorText>(), {
  decode: ({ bindOptions, ...others }) => ({ ...others, bindOptions: new Map(bindOptions) }),
  encode: ({ sections, addresses, bindOptions, checkOptions, serverOptions, ...plain }) => ({
    sections: {
      global: writeLines(sections.global),
      defaults: writeLines(sections.defaults),
      stats: writeLines(sections.stats),
      monitor: writeLines(sections.monitor ?? []),
      backends: writeLines(sections.backends ?? []),
    },
    addresses: [...addresses],
    bindOptions: [...bindOptions].map(([port, words]): [number, string[]] => [port, [...words]]),
    checkOptions: [...checkOptions],
    serverOptions: [...serverOptions],
    ...plain,
  }),
});

/** {@link OperatorText} as plain data. */
export type StoredOperatorText = z.input<typeof operatorTextSchema>;

/** What to keep of the operator's text, as plain data. */
export function operatorTextOf(facts: ListenerFacts, sections: Sections): StoredOperatorText {
  return z.encode(operatorTextSchema, { sections, ...textIn(facts) });
}

/** The facts with another operator's text. */
export function withOperatorText(facts: ListenerFacts, text: OperatorText): ListenerFacts {
  return { ...facts, ...textIn(text) };
}

function textIn(facts: Omit<OperatorText, "sections">): Omit<OperatorText, "sections"> {
  const { addresses, bindOptions, checkOptions, serverOptions, balance, tunnelTimeout, failoverWaitMs, maxconn } =
    facts;
  const words = { addresses, bindOptions, checkOptions, serverOptions };
  return { ...words, balance, tunnelTimeout, failoverWaitMs, maxconn };
}
