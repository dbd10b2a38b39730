import { z } from "zod";
import type { Sections } from "@fairway/haproxy";
import type { ListenerFacts } from "../desired/desired.ts";
import { lineSchema, writeLines } from "../desired/written-lines.ts";

/** What the operator's settings put into haproxy.cfg. */
export type OperatorText = Pick<
  ListenerFacts,
  "addresses" | "bindOptions" | "checkOptions" | "serverOptions" | "balance" | "tunnelTimeout"
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
  /** Earlier agents kept neither. */
  balance: z.string().default("roundrobin"),
  tunnelTimeout: z.string().default("1h"),
});

/** {@link OperatorText} as snapshot.json keeps it once HAProxy has found it valid. */
export const operatorTextSchema = z.codec(storedSchema, z.custom<OperatorText>(), {
  decode: ({ sections, addresses, bindOptions, checkOptions, serverOptions, balance, tunnelTimeout }) => {
    const others = { balance, tunnelTimeout };
    return { sections, addresses, bindOptions: new Map(bindOptions), checkOptions, serverOptions, ...others };
  },
  encode: ({ sections, addresses, bindOptions, checkOptions, serverOptions, balance, tunnelTimeout }) => ({
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
    balance,
    tunnelTimeout,
  }),
});

/** {@link OperatorText} as plain data. */
export type StoredOperatorText = z.input<typeof operatorTextSchema>;

/** What to keep of the operator's text, as plain data. */
export function operatorTextOf(facts: ListenerFacts, sections: Sections): StoredOperatorText {
  const { addresses, bindOptions, checkOptions, serverOptions, balance, tunnelTimeout } = facts;
  const words = { addresses, bindOptions, checkOptions, serverOptions };
  return z.encode(operatorTextSchema, { sections, ...words, balance, tunnelTimeout });
}

/** The facts with another operator's text. */
export function withOperatorText(
  { vantage, here, ports, ownership, trust, tls, authorities }: ListenerFacts,
  { addresses, bindOptions, checkOptions, serverOptions, balance, tunnelTimeout }: OperatorText,
): ListenerFacts {
  const own = { addresses, bindOptions, checkOptions, serverOptions, balance, tunnelTimeout };
  return { vantage, here, ports, ownership, trust, tls, authorities, ...own };
}
