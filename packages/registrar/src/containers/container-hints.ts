import { canonicalName, hint, isOurs, parseEndpointKey, refused, type Rejection, shown } from "@fairway/contract";
import type { Health, RunningContainer } from "../docker/container.ts";
import { type GateView, isCutOff, type StateQuestion } from "./endpoint-state.ts";
import { isDraining, isToldToStop } from "./sent-signals.ts";

/** How many labels a hint names. */
const mostNamed = 3;

/** What is to be told of a container's run. */
export function runHints(running: RunningContainer, { signals, nowMs }: Pick<StateQuestion, "signals" | "nowMs">) {
  const { container, networkOwner } = running;
  const told = signals.filter((sent) => isToldToStop(container, sent));
  const hasStayed = told.length > 0 && !told.some((sent) => isDraining(container, sent, nowMs));
  const stayed =
    "it was told to stop and goes on running: it takes connections again; one that needs longer to end is to be run with --stop-timeout (stop_grace_period)";
  const left = `it is not reached: ${shown(networkOwner?.name ?? "")}, whose network it uses, was started again since; start this one again too`;
  return [
    ...(hasStayed ? [hint({ code: "outlived-its-stop", reason: stayed })] : []),
    ...(isCutOff(running)
      ? [hint({ code: "joined-container-restarted", value: networkOwner?.name ?? "", reason: left })]
      : []),
  ];
}

/** What is to be told of labels of ours that stand on a container's Swarm service and not on the container. */
export function serviceLabelHints({ container, serviceLabels = {} }: RunningContainer): readonly Rejection[] {
  const own = new Set(Object.keys(container.labels).map(canonicalName));
  const idle = Object.keys(serviceLabels).filter((name) => isOurs(name) && !own.has(canonicalName(name)));
  if (idle.length === 0) return [];
  const named = idle.sort().slice(0, mostNamed).map(shown).join(", ");
  const more = idle.length > mostNamed ? ` and ${idle.length - mostNamed} more` : "";
  const reason = `${named}${more}: on its Swarm service alone, with no effect: write them in the service's own labels:, not below deploy: (--container-label, not --label)`;
  return [hint({ code: "labels-on-service", reason })];
}

/** What is to be told of a port by what the readiness gate knows of it. */
export function portHints(
  port: number,
  view: GateView,
  { health, readyTimeoutMs }: { readonly health: Health; readonly readyTimeoutMs: number },
): readonly Rejection[] {
  if (view === "held") return [refuseHeld(port)];
  return view === "late" && health === "none" ? [lateHint(port, readyTimeoutMs)] : [];
}

/** Reports records that the registry does not take; `refusalOf`: why it does not take the one at a key. */
export function refusedRecords(
  keys: readonly string[],
  refusalOf: (key: string) => string | undefined,
): readonly Rejection[] {
  return keys.flatMap((key) => {
    const why = refusalOf(key);
    if (why === undefined) return [];
    const port = String(parseEndpointKey(key)?.port ?? "");
    const reason = `port ${port} is not served: etcd does not take its record: ${shown(why)}`;
    return [refused({ code: "record-refused", value: port, reason })];
  });
}

function lateHint(port: number, readyTimeoutMs: number): Rejection {
  const reason = `${port} accepted no connection within ${readyTimeoutMs / 1000} s of the start: served all the same`;
  return hint({ code: "port-not-accepting", value: String(port), reason });
}

function refuseHeld(port: number): Rejection {
  const reason = `${port} of this machine has been another program's since before the container started, and is not served as the container's: stop that program (a proxy gives up a port once nobody asks for it), or give the container another port`;
  return refused({ code: "port-held", value: String(port), reason });
}
