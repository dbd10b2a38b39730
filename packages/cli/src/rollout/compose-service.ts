import { readLabels, shown } from "@fairway/contract";
import { mapOf, textOf } from "@fairway/template";
import { parse } from "yaml";

/** What a container of a service has mounted, by the file. */
export type ComposeMount = {
  /** Where it is inside. */
  readonly target: string;
  /** A named volume or a path of the machine; undefined: a tmpfs. */
  readonly source: string | undefined;
  readonly isWritable: boolean;
};

/** What decides how a service can be replaced, as Compose reads its files. */
export type ComposeService = {
  readonly name: string;
  /** How many the file wants; undefined: it says nothing. */
  readonly replicas: number | undefined;
  readonly containerName: string | undefined;
  readonly networkMode: string | undefined;
  /** Ports of the machine by number; ranges, of which Docker picks one, are none. */
  readonly hostPorts: readonly string[];
  readonly fixedAddresses: readonly string[];
  readonly mounts: readonly ComposeMount[];
  /** Services that use its network. */
  readonly joinedBy: readonly string[];
  /** Whether its labels ask proxies or load balancers for a port. */
  readonly asksForPorts: boolean;
};

/** Files as Compose reads them; `project`: only newer Compose tells it. */
export type ComposeConfig = {
  readonly project: string | undefined;
  readonly services: ReadonlyMap<string, ComposeService>;
};

/** Reads what `docker compose config` prints. Throws where that is no YAML. */
export function readComposeConfig(text: string): ComposeConfig {
  const { name, services } = mapOf(parse(text, { merge: true }) as unknown);
  const all = Object.entries(mapOf(services)).map(([key, value]) => [key, mapOf(value)] as const);
  return {
    project: typeof name === "string" && name !== "" ? name : undefined,
    services: new Map(
      all.map(([key, service]) => {
        const joinedBy = all.flatMap(([other, each]) =>
          textIn(each, "network_mode") === `service:${key}` ? [other] : [],
        );
        return [key, { ...serviceOf(key, service), joinedBy }];
      }),
    ),
  };
}

type Fields = ReturnType<typeof mapOf>;

function serviceOf(name: string, service: Fields): Omit<ComposeService, "joinedBy"> {
  const replicas = service["scale"] ?? mapOf(service["deploy"])["replicas"];
  const { isOptedIn, ports, named, balanced } = readLabels(labelsOf(service["labels"]));
  return {
    name,
    replicas: typeof replicas === "number" ? replicas : undefined,
    containerName: textIn(service, "container_name"),
    networkMode: textIn(service, "network_mode"),
    hostPorts: listOf(service["ports"]).flatMap(hostPortOf),
    fixedAddresses: [
      ...Object.values(mapOf(service["networks"])).flatMap((each) => [
        textIn(mapOf(each), "ipv4_address") ?? [],
        textIn(mapOf(each), "ipv6_address") ?? [],
        textIn(mapOf(each), "mac_address") ?? [],
      ]),
      textIn(service, "mac_address") ?? [],
    ].flat(),
    mounts: [...listOf(service["volumes"]).flatMap(mountOf), ...listOf(service["tmpfs"]).map(tmpfsOf)],
    asksForPorts: (isOptedIn && ports.size + named.size > 0) || balanced.length > 0,
  };
}

/** A map, or a list of `name=value`. */
function labelsOf(value: unknown): Readonly<Record<string, string>> {
  if (!Array.isArray(value)) return mapTexts(mapOf(value));
  const pairs = value
    .map((each) => textOf(each))
    .map((each) => [each.split("=", 1)[0] ?? "", each.replace(/^[^=]*=?/, "")]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

function mapTexts(map: Fields): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, textOf(value)]));
}

function textIn(map: Fields, key: string): string | undefined {
  const text = textOf(map[key] ?? "");
  return text === "" ? undefined : text;
}

function listOf(value: unknown): readonly unknown[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value : [];
}

/** `[address:][port:]port[/protocol]`, or a map. */
function hostPortOf(port: unknown): readonly string[] {
  const { published } = mapOf(port);
  const short = /^(?:(?:\[[^\]]*\]|[0-9.]+):)?([0-9-]+):[0-9-]+(?:\/\w+)?$/.exec(String(port))?.[1];
  const host = typeof port === "object" ? textOf(published ?? "") : (short ?? "");
  return /^[1-9][0-9]*$/.test(host) ? [host] : [];
}

/** `[source:]target[:mode,…]`, or a map. */
function mountOf(volume: unknown): readonly ComposeMount[] {
  if (typeof volume !== "object") return shortMount(textOf(volume));
  const { type, source, target, read_only: isReadOnly = false } = mapOf(volume);
  if (type === "tmpfs") return [tmpfsOf(target)];
  if (typeof source !== "string" || source === "") return [];
  return [{ target: textOf(target), source, isWritable: isReadOnly !== true }];
}

/** One without a source is a volume of each container's own: as if the file had none. */
function shortMount(text: string): readonly ComposeMount[] {
  const [first = "", target, mode = ""] = text.split(":");
  if (target === undefined) return [];
  return [{ target, source: first, isWritable: !mode.split(",").includes("ro") }];
}

function tmpfsOf(text: unknown): ComposeMount {
  return { target: textOf(text).split(":", 1)[0] ?? "", source: undefined, isWritable: true };
}

/** What a service mounts, safe to show. */
export function mountText({ source = "", target }: ComposeMount): string {
  return shown(`${source} at ${target}`);
}
