import type { Desired } from "../desired/desired.ts";
import type { Sections } from "@fairway/haproxy";
import { planListener } from "./plan-listener.ts";
import type { Plan } from "./plan-result.ts";
import type { Running } from "./running.ts";

/**
 * Decides how to get from what runs to what is desired. Endpoint changes never reload: only a listener that appears,
 * ends or changes its own settings does, or a change of the proxy's settings. Looks only at the listeners of `ports`
 * when given: what an endpoint's change costs does not depend on how many others there are.
 */
export function plan(running: Running, desired: Desired, ports?: ReadonlySet<number>): Plan {
  const wanted = new Map(desired.listeners.map((listener) => [listener.port, listener]));
  const looked = [...(ports ?? new Set([...running.listeners.keys(), ...wanted.keys()]))].sort((a, b) => a - b);
  const plans = looked.map((port) => planListener(running.listeners.get(port), wanted.get(port)));
  const reasons = [...sectionReasons(running.sections, desired.sections), ...plans.flatMap((each) => each.reasons)];
  if (reasons.length > 0) return { kind: "reload", reasons };
  const commands = plans.flatMap((each) => each.commands);
  return commands.length > 0 ? { kind: "runtime", commands } : { kind: "none" };
}

const sectionNames = ["global", "defaults", "stats"] as const;

function sectionReasons(running: Sections | undefined, desired: Sections): readonly string[] {
  if (running === desired) return [];
  if (running === undefined) return ["it is not known with which settings HAProxy was started"];
  return sectionNames
    .filter((name) => textOf(running[name]) !== textOf(desired[name]))
    .map((name) => `the proxy's ${name} settings changed`);
}

function textOf(lines: Sections["global"]): string {
  return lines.map(({ text }) => text).join("\n");
}
