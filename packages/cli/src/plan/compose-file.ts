import { shown } from "@fairway/contract";
import {
  convertTemplate,
  mapOf,
  type Position,
  readList,
  readPairs,
  type Remark,
  type Service,
  Template,
  textOf,
} from "@fairway/template";
import { interpolate, type Variables } from "./interpolate.ts";
import { type FilePort, readPorts } from "./ports.ts";

/** A service as a file describes it, its variables replaced. */
export type FileService = {
  readonly name: string;
  readonly at: Position;
  readonly labels: Readonly<Record<string, string>>;
  /** Where each label stands. */
  readonly labelsAt: Readonly<Record<string, Position>>;
  readonly containerName: string | undefined;
  readonly image: string;
  readonly networkMode: string | undefined;
  readonly ports: readonly FilePort[];
  /** As the file calls them. */
  readonly networks: readonly string[];
};

/** What a file describes; not `ok` where a remark is a problem. */
export type ComposeFile = {
  readonly remarks: readonly Remark[];
  readonly project: string | undefined;
  readonly services: readonly FileService[];
  /** By the name in the file; `name`: what Docker calls it, where the file says so. */
  readonly networks: Readonly<Record<string, { readonly name?: string; readonly isSwarm: boolean }>>;
};

const followed = "it is not followed here: plan the output of docker compose config instead (fairway plan -)";

/** Reads a file of Compose, or a template as its converter makes one of it. */
export function readComposeFile(text: string, variables: Variables): ComposeFile {
  const given = new Template(text);
  const isTemplate = !given.hasProblems && given.names("services").length === 0;
  const converted = isTemplate ? convertTemplate(text, "compose") : undefined;
  const template = converted?.output === undefined ? given : new Template(converted.output);
  const remarks = [...(converted?.remarks.filter(({ kind }) => kind === "problem") ?? []), ...template.remarks];
  if (remarks.length > 0) return { remarks, project: undefined, services: [], networks: {} };
  const reader = new Reader(variables, remarks);
  const places = new Map(given.services().map((service) => [service.name, service]));
  const services = template.services().flatMap((service) => reader.service(service, places.get(service.name)));
  const start = { line: 1, column: 1 };
  if (template.get("include") !== undefined) remarks.push({ at: start, kind: "problem", text: `include: ${followed}` });
  const name = template.get("name");
  return {
    remarks,
    project: name === undefined ? undefined : reader.text(name, start),
    services,
    networks: reader.networks(mapOf(template.plain("networks"))),
  };
}

class Reader {
  readonly #variables: Variables;
  readonly #remarks: Remark[];

  constructor(variables: Variables, remarks: Remark[]) {
    this.#variables = variables;
    this.#remarks = remarks;
  }

  /** Nothing for one that is not started by default. */
  service(service: Service, original: Service | undefined): readonly FileService[] {
    const at = original?.at() ?? service.at();
    for (const key of ["extends", "label_file"]) {
      if (service.get(key) !== undefined) this.#refuse(original?.at(key) ?? at, `${key}: ${followed}`);
    }
    const why = this.#whyNotStarted(service, at);
    if (why !== undefined) {
      this.#remarks.push({ at, kind: "note", text: `service ${shown(service.name)} is left out: ${why}` });
      return [];
    }
    const pairs = readPairs(service, "labels").map((pair) => ({ ...pair, at: labelAt(original, pair.name) ?? at }));
    const word = (key: string) => {
      const value = service.get(key);
      return value === undefined || value === null ? undefined : this.text(value, original?.at(key) ?? at);
    };
    const networkMode = word("network_mode");
    return [
      {
        name: service.name,
        at,
        labels: Object.fromEntries(pairs.map((pair) => [pair.name, this.text(pair.value, pair.at)])),
        labelsAt: Object.fromEntries(pairs.map((pair) => [pair.name, pair.at])),
        containerName: word("container_name"),
        image: word("image") ?? "",
        networkMode,
        ports: this.#ports(service, original),
        networks: networkMode === undefined ? networksOf(service) : [],
      },
    ];
  }

  networks(all: Readonly<Record<string, unknown>>): ComposeFile["networks"] {
    const start = { line: 1, column: 1 };
    return Object.fromEntries(
      Object.entries(all).map(([key, value]) => {
        const { name, external = false, driver } = mapOf(value);
        const given = name ?? mapOf(external)["name"] ?? (external === false ? undefined : key);
        return [key, { ...(given !== undefined && { name: this.text(given, start) }), isSwarm: driver === "overlay" }];
      }),
    );
  }

  /** A value as text with its variables replaced. */
  text(value: unknown, at: Position): string {
    const read = interpolate(textOf(value), this.#variables);
    if (!read.ok) {
      this.#refuse(at, shown(read.reason));
      return "";
    }
    for (const name of read.unset) {
      this.#remarks.push({ at, kind: "note", text: `${shown(name)} is not set: nothing stands in its place` });
    }
    return read.text;
  }

  #ports(service: Service, original: Service | undefined): readonly FilePort[] {
    return readList(service, "ports").flatMap(({ value }, index) => {
      const at = original?.at("ports", index) ?? service.at();
      const written =
        typeof value === "object" ? mapValues(mapOf(value), (each) => this.text(each, at)) : this.text(value, at);
      const read = readPorts(written);
      if (read === undefined)
        this.#refuse(at, `ports: ${shown(textOf(value))} is not read here: is it [address:][port:]port?`);
      return read ?? [];
    });
  }

  #whyNotStarted(service: Service, at: Position): string | undefined {
    const profiles = readList(service, "profiles");
    if (profiles.length > 0) return "it has profiles, and is started only with one of them";
    const scale = service.get("scale") ?? mapOf(service.get("deploy"))["replicas"];
    return scale !== undefined && this.text(scale, at) === "0" ? "it has no replicas" : undefined;
  }

  #refuse(at: Position, text: string): void {
    this.#remarks.push({ at, kind: "problem", text });
  }
}

function labelAt(service: Service | undefined, name: string): Position | undefined {
  return service && readPairs(service, "labels").find((pair) => pair.name === name)?.at;
}

function networksOf(service: Service): readonly string[] {
  const value = service.get("networks");
  const names = Array.isArray(value) ? value.map(String) : Object.keys(mapOf(value));
  return names.length === 0 ? ["default"] : names;
}

function mapValues(map: Readonly<Record<string, unknown>>, text: (value: unknown) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, text(value)]));
}
