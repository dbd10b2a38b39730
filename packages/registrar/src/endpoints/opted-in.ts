import { hint, shown, type Rejection } from "@fairway/contract";
import { type Labels, requiredLabel, tcpPortsLabel } from "./labels.ts";

/** Whether a container asks to be routed, and hints for one that seems to want it. */
export type OptIn = { readonly isOptedIn: boolean; readonly rejections: readonly Rejection[] };

/** Only `aliyun.proxy.required` of exactly `true` opts a container in. */
export function optedIn(labels: Labels): OptIn {
  const required = labels.get(requiredLabel);
  const ports = (labels.get(tcpPortsLabel) ?? "").replaceAll(/[\s,]/g, "");
  if (required === "true") {
    return { isOptedIn: true, rejections: ports === "" ? [requiredWithoutPort()] : [] };
  }
  if (required !== undefined) return { isOptedIn: false, rejections: isSlip(required) ? [notTrue(required)] : [] };
  return { isOptedIn: false, rejections: ports === "" ? [] : [portsWithoutRequired(labels)] };
}

/** `True`, `yes`, `1`, `"true"` in quotes: meant, but not what counts. */
function isSlip(value: string): boolean {
  return /^["' ]*(true|t|yes|y|on|1)["' ]*$/i.test(value);
}

function notTrue(value: string): Rejection {
  const reason = `"${shown(value)}" does not opt in: only exactly "true" does`;
  return hint({ code: "required-not-true", label: requiredLabel, value, reason });
}

function portsWithoutRequired(labels: Labels): Rejection {
  const reason = `ports alone do not opt in: add ${requiredLabel}: "true"`;
  return hint({
    code: "ports-without-required",
    label: tcpPortsLabel,
    value: labels.get(tcpPortsLabel) ?? "",
    reason,
  });
}

function requiredWithoutPort(): Rejection {
  const reason = `no port to route to: list the container's ports in ${tcpPortsLabel}`;
  return hint({ code: "required-without-port", label: requiredLabel, value: "true", reason });
}
