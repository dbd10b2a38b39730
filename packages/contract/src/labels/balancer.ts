import { longestName } from "../bounds.ts";
import { isBalancerName, parsePort } from "../keys.ts";
import type { Rejection } from "../rejection.ts";
import { hasControlCharacter, splitItems } from "../text.ts";
import { hintLabel, refuseLabel } from "./label-rejection.ts";
import { balancerPrefix } from "./label-table.ts";

/** What a load balancer's front port carries, as the label says. All of it is carried as TCP. */
export type BalancerScheme = "tcp" | "http" | "https";

/** A container port that a load balancer is asked to serve. */
export type BalancedPort = {
  /** Container port, 1–65535. */
  readonly port: number;
  readonly balancer: string;
  /** Front port, 1–65535. */
  readonly frontPort: number;
  readonly scheme: BalancerScheme;
};

/** What labels ask of load balancers, and what of them is refused. */
export type BalancersReading = {
  readonly balanced: readonly BalancedPort[];
  readonly rejections: readonly Rejection[];
};

/** Reads every `aliyun.lb.port_` label. A bad one is refused and the others stay. */
export function readBalancerLabels(labels: ReadonlyMap<string, string>): BalancersReading {
  return joined(
    [...labels].filter(([name]) => isBalancerLabel(name)).map(([name, value]) => readBalancerLabel(name, value)),
  );
}

function joined(readings: readonly BalancersReading[]): BalancersReading {
  return {
    balanced: readings.flatMap(({ balanced }) => balanced),
    rejections: readings.flatMap(({ rejections }) => rejections),
  };
}

export function isBalancerLabel(name: string): boolean {
  return name.startsWith(balancerPrefix);
}

/**
 * Reads `aliyun.lb.port_<container port>: <scheme>://<balancer>:<front port>`, or a comma list of such values: the port is
 * asked for under each name. A bad item is refused and the others stay.
 */
export function readBalancerLabel(label: string, value: string): BalancersReading {
  const port = parsePort(label.slice(balancerPrefix.length));
  if (port === undefined) {
    const reason = `its name must end with a container port, such as ${balancerPrefix}6379`;
    return { balanced: [], rejections: [refuseLabel({ code: "not-a-port", label, value, reason })] };
  }
  const items = splitItems(value);
  return joined((items.length > 0 ? items : [value]).map((item) => readItem(label, port, item)));
}

/** Reads what stands for one load balancer. */
function readItem(label: string, port: number, value: string): BalancersReading {
  const [, scheme = "", balancer = "", front = ""] = /^([^:/]*):\/\/(.*):([^:]*)$/s.exec(value) ?? [];
  const frontPort = parsePort(front);
  const refuse = (code: string, reason: string): BalancersReading => {
    return { balanced: [], rejections: [refuseLabel({ code, label, value, reason })] };
  };
  if (scheme === "")
    return refuse("balancer-unreadable", "the value must be scheme://name:port, such as tcp://proxy_test:6379");
  if (scheme === "udp") return refuse("scheme-not-carried", "udp:// is not carried: HAProxy carries TCP alone");
  if (!isScheme(scheme)) return refuse("scheme-unknown", "the scheme must be tcp://, http:// or https://");
  if (!isBalancerName(balancer) || balancer.length > longestName || hasControlCharacter(balancer))
    return refuse(
      "balancer-unreadable",
      "the name of a load balancer has 1 to 255 characters, and no `*`, `,`, `/` or control character",
    );
  if (frontPort === undefined) return refuse("not-a-port", "the front port, after the last colon, must be 1–65535");
  const carried = `${scheme}:// is carried as TCP: the load balancer reads nothing of it`;
  const hints = scheme === "tcp" ? [] : [hintLabel({ code: "carried-as-tcp", label, value, reason: carried })];
  return { balanced: [{ port, balancer, frontPort, scheme }], rejections: hints };
}

function isScheme(text: string): text is BalancerScheme {
  return text === "tcp" || text === "http" || text === "https";
}
