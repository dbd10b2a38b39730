import { hint, refused, shown, type Rejection } from "@fairway/contract";
import { excludePortsLabel, type Labels, proxyPrefix, requiredLabel, tcpPortsLabel } from "./labels.ts";

const read: ReadonlySet<string> = new Set([requiredLabel, tcpPortsLabel, excludePortsLabel]);

const http: ReadonlySet<string> = new Set([
  "VIRTUAL_HOST",
  "VIRTUAL_HOST_WEIGHT",
  "APPSESSION",
  "COOKIE",
  "EXCLUDE_BASIC_AUTH",
  "FORCE_SSL",
  "GZIP_COMPRESSION_TYPE",
  "HSTS_MAX_AGE",
  "HTTP_CHECK",
]);

const perService: ReadonlySet<string> = new Set([
  "HEALTH_CHECK",
  "EXTRA_ROUTE_SETTINGS",
  "OPTION",
  "EXTRA_SETTINGS",
  "BALANCE",
  "FAILOVER",
  "SSL_CERT",
  "DEFAULT_SSL_CERT",
  "WEIGHT",
  "MAXCONN",
  "TIMEOUT",
  "CHECK",
]);

/** Reports each label that nothing is made of: its feature is not built yet, or nobody knows it. */
export function notBuilt(labels: Labels): readonly Rejection[] {
  return [...labels].flatMap(([label, value]) => {
    if (label.startsWith(proxyPrefix)) return read.has(label) ? [] : [proxyLabel(label, value)];
    if (/^aliyun\.(lb|probe)\./.test(label)) return [later(label, value)];
    return [];
  });
}

function proxyLabel(label: string, value: string): Rejection {
  const name = label.slice(proxyPrefix.length);
  if (http.has(name)) {
    const reason = `HTTP routing is not built yet: ${name} has no effect; ports in TCP_PORTS are served as TCP`;
    return refused({ code: "http-not-built", label, value, reason });
  }
  if (perService.has(name)) return later(label, value);
  const meant = [...read].find((each) => lettersOf(each) === lettersOf(label));
  const advice = meant === undefined ? "" : `; did you mean ${meant}?`;
  const reason = `${shown(label)} is not a label that is known here: it has no effect${advice}`;
  return hint({ code: "label-unknown", label: shown(label), value, reason });
}

/** A name without what is easily mistaken: case, `_` or `-`, one port or several. */
function lettersOf(label: string): string {
  return label
    .toUpperCase()
    .replaceAll(/[^A-Z]/g, "")
    .replace(/S$/, "");
}

function later(label: string, value: string): Rejection {
  const reason = `${shown(label)} is not built yet: it has no effect`;
  return hint({ code: "label-not-built", label: shown(label), value, reason });
}
