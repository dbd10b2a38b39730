import { splitItems } from "../text.ts";
import { isIP } from "node:net";
import type { Rejection } from "../rejection.ts";
import { type LabelOutcome, refuseLabel } from "./label-rejection.ts";
import type { JudgedText } from "./server-words.ts";

/** Labels that say from where a listener is reached, from where it is not, and who tells it of whom he connects for. */
export const networkSettingNames = ["ALLOW", "DENY", "ACCEPT_PROXY"] as const;

export type NetworkSettingName = (typeof networkSettingNames)[number];

/** Instead of networks: not one. */
const none = "none";
const mostNetworks = 200;

/**
 * Reads ALLOW, DENY or ACCEPT_PROXY, a comma list of addresses and networks, or `none`. A bad item is refused and the
 * others stay; an ALLOW of which nothing stays lets nobody in.
 */
export function readNetworks(
  name: NetworkSettingName,
  label: string,
  { text }: Pick<JudgedText, "text">,
): LabelOutcome {
  const items = splitItems(text);
  const networks = items.filter(isNetwork).slice(0, mostNetworks);
  const bad = items.filter((item) => item !== none && !isNetwork(item)).slice(0, mostNetworks);
  const isNone = networks.length === 0 && (items.includes(none) || (name === "ALLOW" && bad.length > 0));
  return {
    accepted: networks.length > 0 ? networks.join(", ") : isNone ? none : undefined,
    rejections: [...bad.map((item) => refuseItem(label, item)), ...refuseTooMany(label, items.length)],
  };
}

/** The networks of a text as it stands in a record, each once; none of what is no network. */
export function networksOf(text: string): readonly string[] {
  return [...new Set(splitItems(text).filter(isNetwork))].slice(0, mostNetworks).sort();
}

function isNetwork(item: string): boolean {
  const [, ip = "", length = "0"] = /^([0-9A-Fa-f.:]+)(?:\/([0-9]{1,3}))?$/.exec(item) ?? [];
  const family = isIP(ip);
  return family !== 0 && Number(length) <= (family === 4 ? 32 : 128);
}

function refuseItem(label: string, value: string): Rejection {
  const reason = `it is neither an address nor a network such as 198.51.100.0/24 or 2001:db8::/32, nor "${none}"`;
  return refuseLabel({ code: "not-a-network", label, value, reason });
}

function refuseTooMany(label: string, count: number): readonly Rejection[] {
  if (count <= mostNetworks) return [];
  const reason = `${count} networks are too many: the first ${mostNetworks} count`;
  return [refuseLabel({ code: "setting-not-valid", label, value: String(count), reason })];
}
