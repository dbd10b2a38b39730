import { z } from "zod";
import { settingReaders } from "../labels/setting-readers.ts";
import type { ActsOn } from "../labels/label-table.ts";
import { optional, type Setting } from "./setting.ts";

type Row = { readonly name: string; readonly actsOn: ActsOn; readonly allowed: string; readonly about: string };

/** What holds for every service of which no label and no operator's key says otherwise: by the names of the labels. */
export const serviceDefaults = {
  defaultAllow: ofAll({
    name: "ALLOW",
    actsOn: "listener",
    allowed: "a comma list of addresses and networks, or `none`",
    about: "Who may connect to listeners; `none`: nobody may.",
  }),
  defaultDeny: ofAll({
    name: "DENY",
    actsOn: "listener",
    allowed: "a comma list of addresses and networks",
    about: "Who may not connect to listeners, whatever ALLOW says.",
  }),
  defaultAcceptProxy: ofAll({
    name: "ACCEPT_PROXY",
    actsOn: "listener",
    allowed: "a comma list of addresses and networks",
    about: "Load balancers before the proxy that tell clients' addresses by a PROXY header.",
  }),
  defaultRate: ofAll({
    name: "RATE",
    actsOn: "listener",
    allowed: "a number and a time, /s or /m, such as `20/s per source`",
    about: "How many connections in a time each source gets of a listener.",
  }),
  defaultConnections: ofAll({
    name: "CONNECTIONS",
    actsOn: "listener",
    allowed: "a number, such as `10 per source`",
    about: "How many connections at a time each source has with a listener.",
  }),
  defaultSticky: ofAll({
    name: "STICKY",
    actsOn: "listener",
    allowed: "`source`",
    about:
      "`source`: each client goes to one server. It counts before BALANCE of the proxy; a label `BALANCE` before it.",
  }),
  defaultLocality: ofAll({
    name: "LOCALITY",
    actsOn: "listener",
    allowed: "`node` or `zone`",
    about: "Servers of the proxy's own node, or zone, come before others. STICKY beside it counts.",
  }),
  defaultIdle: ofAll({
    name: "IDLE",
    actsOn: "listener",
    allowed: "a time in HAProxy's words, such as `10m`",
    about: "How long an established connection may be silent; it counts before TIMEOUT's `tunnel` of the proxy.",
  }),
  defaultProxy: ofAll({
    name: "PROXY",
    actsOn: "server",
    allowed: "`v1`, `v2` or `none`",
    about: "Servers are told clients' addresses by the PROXY protocol, in health checks too: all of them must read it.",
  }),
  defaultWeight: ofAll({
    name: "WEIGHT",
    actsOn: "server",
    allowed: "a whole number from 1 to 256",
    about: "The weight of servers.",
  }),
  defaultFailover: ofAll({
    name: "FAILOVER",
    actsOn: "server",
    allowed: "`true` or `false`",
    about: "`true`: servers are backups, but for those whose label says `false`.",
  }),
} as const;

/** The settings of services that hold by default, by the names of the labels. */
export function serviceDefaultsOf(
  values: Readonly<Partial<Record<keyof typeof serviceDefaults, string | undefined>>>,
): Readonly<Record<string, string>> {
  const named = Object.entries(serviceDefaults).flatMap(([key, { name }]) => {
    const text = values[key as keyof typeof serviceDefaults];
    return text === undefined ? [] : [[name, text] as const];
  });
  return Object.fromEntries(named);
}

/** It is read as its label is; what that would leave out of the text, this does not take at all. */
function ofAll({ name, actsOn, allowed, about }: Row): Setting<string | undefined> {
  const schema = z.string().transform((text, context) => {
    const read = settingReaders[name]?.(name, text, "listed");
    if (read?.accepted !== undefined && read.rejections.length === 0) return read.accepted;
    context.addIssue({ code: "custom", message: "not valid" });
    return z.NEVER;
  });
  return optional({
    name,
    actsOn,
    schema: schema.describe(allowed),
    about: `${about} A service's label comes before it.`,
  });
}
