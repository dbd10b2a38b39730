import { z } from "zod";
import type { ListenerFacts } from "../desired/listener-facts.ts";
import type { Sections } from "@fairway/haproxy";

const line = z.object({
  text: z.string(),
  from: z.object({ services: z.array(z.string()), settings: z.array(z.string()) }),
});

/** What the operator's settings put into haproxy.cfg, as snapshot.json keeps it once HAProxy has found it valid. */
export const operatorTextSchema = z.object({
  sections: z.object({ global: z.array(line), defaults: z.array(line), stats: z.array(line) }),
  addresses: z.array(z.string()),
  bindOptions: z.array(z.tuple([z.int(), z.array(z.string())])),
  serverOptions: z.array(z.string()),
});

/** See {@link operatorTextSchema}. */
export type OperatorText = Readonly<z.output<typeof operatorTextSchema>>;

export function operatorTextOf(facts: ListenerFacts, { global, defaults, stats }: Sections): OperatorText {
  return {
    sections: { global: plain(global), defaults: plain(defaults), stats: plain(stats) },
    addresses: [...facts.addresses],
    bindOptions: [...facts.bindOptions].map(([port, words]) => [port, [...words]]),
    serverOptions: [...facts.serverOptions],
  };
}

function plain(lines: Sections["global"]): OperatorText["sections"]["global"] {
  return lines.map(({ text, from }) => ({
    text,
    from: { services: [...from.services], settings: [...from.settings] },
  }));
}

/** The facts with another operator's text. */
export function withOperatorText(facts: ListenerFacts, text: OperatorText): ListenerFacts {
  const { addresses, bindOptions, serverOptions } = text;
  return { ...facts, addresses, bindOptions: new Map(bindOptions), serverOptions };
}
