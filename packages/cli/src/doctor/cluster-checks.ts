import { unaskedText } from "../agents/agents.ts";
import { breaks, hint, ok, type Said, unasked } from "./finding.ts";
import type { Gathered } from "./gathered.ts";
import { isOlder } from "./versions.ts";

/** Programs of one release, and an HAProxy that can be told at run time. */
export function checkVersions({ version, nodes, proxies }: Gathered): readonly Said[] {
  const programs = [
    ...nodes.map(({ name, version: of }) => ({ where: `registrar ${name}`, of })),
    ...proxies.map(({ name, version: of }) => ({ where: `proxy ${name}`, of })),
  ];
  const others = programs.filter(({ of }) => of !== version);
  const old = proxies.filter(({ haproxy }) => isOlder(haproxy.version, "2.6.0"));
  const said = [
    ...others.map(({ where, of }) =>
      hint(where, `version ${of}, and this command is ${version}`, "bring all of them to one version"),
    ),
    ...old.map(({ name, haproxy }) =>
      breaks(`proxy ${name}`, `HAProxy ${haproxy.version}`, "Fairway needs 2.6 or newer"),
    ),
  ];
  return said.length > 0 ? said : [ok(`${programs.length} programs`, version)];
}

/** Nodes whose records are not whole, and proxies in trouble. */
export function checkPrograms({ nodes, proxies }: Gathered): readonly Said[] {
  const said = [
    ...nodes
      .filter(({ synced }) => !synced)
      .map(({ name }) =>
        breaks(`registrar ${name}`, "not all of its containers are in the registry", "look at its /status"),
      ),
    ...proxies.flatMap(({ name, lastError }) =>
      lastError === null ? [] : [breaks(`proxy ${name}`, lastError, "look at its log")],
    ),
    ...(nodes.length === 0
      ? [breaks("registry", "no registrar is connected", "start one on each node with containers")]
      : []),
    ...(proxies.length === 0
      ? [breaks("registry", "no proxy is connected", "start an agent on each node with clients")]
      : []),
  ];
  return said.length > 0 ? said : [ok(`${nodes.length + proxies.length} programs`, "in step")];
}

/** Two proxies, or a proxy and another program, that want one port of one machine. */
export function checkPorts({ proxies }: Gathered): readonly Said[] {
  const said = told(proxies, "port-taken").map(({ proxy, reason }) => {
    const beside = proxies.filter(
      ({ node, name, vantage }) => node === proxy.node && name !== proxy.name && vantage.kind === "node",
    );
    const also = beside.length === 0 ? "" : `; beside it on that node: ${beside.map(({ name }) => name).join(", ")}`;
    return breaks(
      `proxy ${proxy.name}`,
      `${reason}${also}`,
      "give each proxy of a machine a BIND_ADDRESS or LISTEN_PORTS of its own, or end the other program",
    );
  });
  return said.length > 0 ? said : [ok(`${proxies.length} proxies`, "have the ports that they want")];
}

/** Ports that containers publish where their node's proxy listens. */
export function checkPublished({ proxies }: Gathered): readonly Said[] {
  const all = [...told(proxies, "port-published"), ...told(proxies, "port-owed")];
  const said = all.map(({ proxy, reason }) =>
    breaks(`proxy ${proxy.name}`, reason, "publish the container's port without a number: clients use the proxy's"),
  );
  return said.length > 0
    ? said
    : [ok(`${proxies.length} proxies`, "no container publishes a port that they listen on")];
}

/** Ports that are asked for and that LISTEN_PORTS leaves out, and ports of others that it opens. */
export function checkListenPorts({ proxies }: Gathered): readonly Said[] {
  const refused = told(proxies, "port-not-allowed").map(({ proxy, reason }) =>
    breaks(`proxy ${proxy.name}`, reason, "widen LISTEN_PORTS there, or take another port"),
  );
  const open = proxies.flatMap(({ name, vantage, rules }) => {
    const ports =
      vantage.kind !== "node"
        ? []
        : others.filter(({ port }) => rules?.listenPorts.some(({ first, last }) => first <= port && port <= last));
    if (ports.length === 0) return [];
    const text = `LISTEN_PORTS opens ${ports.map(({ port, whose }) => `${port} (${whose})`).join(", ")} to labels`;
    return [hint(`proxy ${name}`, text, "leave them out, unless nothing of the machine needs them")];
  });
  const silent = proxies.filter(({ rules }) => rules === undefined);
  const untold = silent.map(({ name }) =>
    unasked(`proxy ${name}`, "its record does not tell LISTEN_PORTS", "bring its agent to this version"),
  );
  const said = [...refused, ...open, ...untold];
  return said.length > 0 ? said : [ok(`${proxies.length} proxies`, "LISTEN_PORTS fit")];
}

const others = [
  { port: 22, whose: "sshd" },
  { port: 2375, whose: "Docker" },
  { port: 2376, whose: "Docker" },
  { port: 2377, whose: "Swarm" },
  { port: 7946, whose: "Swarm" },
  { port: 2380, whose: "etcd" },
] as const;

/** From here to each node, and from each proxy's machine to the servers on others. */
export function checkReach({ nodes, reached, reachedFrom }: Gathered): readonly Said[] {
  const fromHere = nodes.map(({ name }) => {
    const tried = reached.find(({ node }) => node === name);
    if (tried === undefined) return ok(name, "nothing is published there to try");
    if (tried.ok) return ok(name, `${tried.address} accepts`);
    return breaks(
      name,
      `${tried.address} cannot be reached from here: ${tried.reason}`,
      "see firewalls and NODE_ADDRESS there",
    );
  });
  return [...fromHere, ...reachedFrom.flatMap(reachOf)];
}

function reachOf({ proxy, reached }: Gathered["reachedFrom"][number]): readonly Said[] {
  const failed = reached.filter(({ ok: isReached }) => !isReached);
  const said = failed.map(({ node, address, reason }) =>
    breaks(
      `proxy ${proxy}`,
      `it does not reach ${address} on ${node}: ${reason}`,
      `see firewalls between them, and NODE_ADDRESS on ${node}`,
    ),
  );
  if (said.length > 0 || reached.length === 0) return said;
  return [ok(`proxy ${proxy}`, `reaches ${reached.map(({ node }) => node).join(", ")}`)];
}

/** Which agents could not be asked for what their records do not tell. */
export function checkAsked({ proxies, unasked: silent }: Gathered): readonly Said[] {
  if (silent.length === 0) return [ok(`${proxies.length} proxies`, "asked")];
  return [
    unasked(
      "agents",
      `not asked for open files and the way back from there: ${unaskedText(silent)}`,
      "let them answer at API_LISTEN, with API_CA_FILE and API_TOKEN_FILE here; or run fairway doctor on their machines too",
    ),
  ];
}

function told(proxies: Gathered["proxies"], asked: string) {
  return proxies.flatMap((proxy) => {
    const first = proxy.rejections.first.filter(({ code }) => code === asked);
    const count = proxy.rejections.codes?.[asked] ?? first.length;
    const more = count > first.length ? [`${count - first.length} more: see its /status`] : [];
    return [...first.map(({ reason }) => reason), ...more].map((reason) => ({ proxy, reason }));
  });
}
