import { limitSettingNames, networkSettingNames, shown, type ProxyRecord } from "@fairway/contract";

/** What holds of the limits that a service's settings give each source. */
export function limitHints(settings: Readonly<Record<string, string>>): readonly string[] {
  const named = limitSettingNames.filter((name) => isSet(settings, name));
  if (named.length === 0) return [];
  const older = named.includes("CONNECTIONS")
    ? "; CONNECTIONS does not count those that are older than a proxy's last reload"
    : "";
  return [`    hint: each proxy counts ${named.join(" and ")} by itself${older}`];
}

/** Checks that see no more than that a connection is accepted. */
const silentChecks = /^(tcp|ssl)?$/i;

/** What a check by role needs where servers want a password. `service`: `project/service`. */
export function checkHints(settings: Readonly<Record<string, string>>, service: string): readonly string[] {
  const isByRole = Object.entries(settings).some(
    ([name, text]) => /^CHECK(\.|$)/.test(name) && /-(primary|replica)\s*$/i.test(text),
  );
  if (!isByRole) return [];
  return [
    `    hint: where its servers want a password, its check has it from ${shown(service)} in a proxy's CHECK_SECRETS; without that file none is sent, and they are down`,
  ];
}

/** Where a server is told addresses by the PROXY protocol, and no check hears what it answers to that. */
export function proxyHints(settings: Readonly<Record<string, string>>): readonly string[] {
  const valuesOf = (name: string) =>
    Object.entries(settings)
      .filter(([written]) => written === name || written.startsWith(`${name}.`))
      .map(([, text]) => text.trim());
  const isTold =
    valuesOf("PROXY").some((text) => /^v[12]$/i.test(text)) ||
    valuesOf("EXTRA_ROUTE_SETTINGS").some((text) => /\bsend-proxy\b/.test(text));
  if (!isTold || !valuesOf("CHECK").every((text) => silentChecks.test(text))) return [];
  return [
    "    hint: it is told clients' addresses by the PROXY protocol, and nothing can tell whether it reads that: its check sees only that it accepts connections",
  ];
}

/** Settings that judge the address that a client connects from. */
const judging = [...networkSettingNames, ...limitSettingNames];

/**
 * A proxy in a network of its own sees behind Docker's bridge whom the bridge lets it see; empty: none of the settings
 * looks at that.
 */
export function bridgeHint(settings: Readonly<Record<string, string>>, { kind }: ProxyRecord["vantage"]): string {
  const named = judging.filter((name) => isSet(settings, name));
  if (named.length === 0 || kind !== "container") return "";
  return `; who comes through docker-proxy or its bridge is one source to ${named.join(", ")}`;
}

/** Whether a setting is given, for all ports or for one. */
function isSet(settings: Readonly<Record<string, string>>, name: string): boolean {
  return Object.keys(settings).some((written) => written === name || written.startsWith(`${name}.`));
}
