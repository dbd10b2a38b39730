import type { NamedPort } from "../records.ts";
import type { Rejection } from "../rejection.ts";
import { byText } from "../sorting.ts";
import { shown, splitItems } from "../text.ts";
import { type BalancedPort, readBalancerLabels } from "./balancer.ts";
import { mostLabelCertificates } from "../bounds.ts";
import {
  certificateSettingNames,
  certificatesTooMany,
  isCertificateSetting,
  readCertificateLabel,
} from "./certificate-labels.ts";
import { cleanLabels, type Labels, spellAsWritten } from "./clean-labels.ts";
import { hintLabel, refuseLabel } from "./label-rejection.ts";
import {
  balancerPrefix,
  findLabel,
  labelTable,
  probePrefix,
  proxyPrefix,
  requiredLabel,
  tcpPortsLabel,
} from "./label-table.ts";
import { findNearMiss } from "./near-miss.ts";
import { isPort, splitSettingName } from "./port-settings.ts";
import { readNamedPorts } from "./named-ports.ts";
import { type PortMap, readPorts } from "./port-list.ts";
import { readProbeLabels } from "./probe.ts";
import { settingNames, type ReadSetting, settingReaders } from "./setting-readers.ts";
import type { LabelTrust } from "./server-words.ts";
import { readShare } from "./share.ts";

/** What a container's labels ask for. */
export type LabelReading = {
  /** Whether the container asks to be routed. */
  readonly isOptedIn: boolean;
  /** Empty unless it is opted in. */
  readonly ports: PortMap;
  /** Front ports that it shares with others by name, by container port. */
  readonly named: ReadonlyMap<number, readonly NamedPort[]>;
  /** What load balancers are asked to serve, opted in or not. */
  readonly balanced: readonly BalancedPort[];
  /**
   * The settings that were accepted: name after `aliyun.proxy.`, perhaps with `.<front port>`, to accepted text; unless it
   * is opted in its probe's alone.
   */
  readonly settings: Readonly<Record<string, string>>;
  /** How long after its start it takes no traffic yet. */
  readonly initialDelayMs: number;
  /** What is refused of the labels, and hints. */
  readonly rejections: readonly Rejection[];
};

/** What labels may say beyond what any may. */
export type LabelRules = {
  /** How much of HAProxy's language they may use. (what is listed) */
  readonly trust?: LabelTrust | undefined;
  /** ALLOW_CERT_LABELS: they may hold certificates and keys. (false) */
  readonly takesCertificates?: boolean | undefined;
};

/** Reads the labels of a container. Never throws: they are a stranger's input. */
export function readLabels(raw: Readonly<Record<string, string>>, rules: LabelRules = {}): LabelReading {
  const { labels, spelling, rejections: unread } = cleanLabels(raw);
  const { rejections, ...asked } = readCleanLabels(labels, rules);
  return { ...asked, rejections: [...unread, ...rejections.map((each) => spellAsWritten(each, spelling))] };
}

function readCleanLabels(labels: Labels, rules: LabelRules): LabelReading {
  const optIn = readOptIn(labels);
  const { balanced, rejections: badBalancers } = readBalancerLabels(labels);
  const probe = readProbeLabels(labels);
  const { initialDelayMs } = probe;
  const noted = [...optIn.rejections, ...rejectIdle(labels, rules), ...badBalancers, ...probe.rejections];
  if (!optIn.isOptedIn) {
    return {
      isOptedIn: false,
      ports: new Map(),
      named: new Map(),
      balanced,
      settings: probe.settings,
      initialDelayMs,
      rejections: noted,
    };
  }
  const { ports: asked, rejections: badPorts } = readPorts(labels);
  const { ports, named, rejections: badNames } = readNamedPorts(asked, labels);
  const fronts = new Set([...asked.values()].flatMap((listen) => listen.map(({ port }) => port)));
  for (const { frontPort } of balanced) fronts.add(frontPort);
  const own = readSettingLabels({ labels, rules, fronts });
  const settings = { ...own.settings, ...probe.settings };
  const rejections = [...noted, ...badPorts, ...badNames, ...own.rejections];
  return { isOptedIn: true, ports, named, balanced, settings, initialDelayMs, rejections };
}

/** Labels whose accepted text stands in the record, by their names after `aliyun.proxy.`. */
const recordedLabels: Readonly<Record<string, ReadSetting>> = { SHARE: readShare, ...settingReaders };

const certificateLabels = Object.fromEntries(certificateSettingNames.map((name) => [name, readCertificateLabel]));

type SettingLabels = { readonly labels: Labels; readonly rules: LabelRules; readonly fronts: ReadonlySet<number> };

/** The settings in labels; `fronts`: every front port that the container asks for. */
function readSettingLabels({ labels, rules, fronts }: SettingLabels): Pick<LabelReading, "settings" | "rejections"> {
  const { trust = "listed", takesCertificates = false } = rules;
  const known: typeof recordedLabels = { ...recordedLabels, ...(takesCertificates && certificateLabels) };
  const written = [...labels.keys()].filter((label) => label.startsWith(proxyPrefix)).sort(byText);
  const ours = written.map((label) => ({ label, ...splitSettingName(label.slice(proxyPrefix.length)) }));
  const surplus = new Set(surplusCertificates(ours, fronts));
  const outcomes = Object.entries(known).flatMap(([name, read]) => {
    const named = ours.filter((each) => each.name === name && (each.port === undefined || isPerPort(name)));
    return named.map(({ label, port }) => {
      const text = labels.get(label) ?? "";
      const rejection = port === undefined ? undefined : refuseFront(label, { port, value: text, fronts });
      if (rejection) return { name, accepted: undefined, rejections: [rejection] };
      if (surplus.has(label)) return { name, accepted: undefined, rejections: [refuseSurplus(label, text)] };
      return { ...read(label, text, trust), name: port === undefined ? name : `${name}.${port}` };
    });
  });
  return {
    settings: Object.fromEntries(
      outcomes.flatMap(({ name, accepted, instead }) => {
        const text = accepted ?? instead;
        return text === undefined ? [] : [[name, text]];
      }),
    ),
    rejections: outcomes.flatMap(({ rejections }) => rejections),
  };
}

function isPerPort(name: string): boolean {
  return settingNames.has(name);
}

type WrittenSetting = { readonly label: string; readonly name: string; readonly port: string | undefined };

/** Labels with certificates beyond as many as are taken; those for ports that are not asked for do not count. */
function surplusCertificates(ours: readonly WrittenSetting[], fronts: ReadonlySet<number>): readonly string[] {
  const asked = ours.filter(({ name, port }) => {
    return isCertificateSetting(name) && (port === undefined || (isPort(port) && fronts.has(Number(port))));
  });
  return asked.slice(mostLabelCertificates).map(({ label }) => label);
}

function refuseSurplus(label: string, value: string): Rejection {
  const reason = `it has no effect: ${certificatesTooMany}`;
  return refuseLabel({ code: "too-many-certificates", label, value, reason });
}

type AskedFront = { readonly port: string; readonly value: string; readonly fronts: ReadonlySet<number> };

/** Settings that shut somebody out: one that holds nowhere leaves a port more open than its service meant. */
const guarding: ReadonlySet<string> = new Set(["ALLOW", "DENY", "SERVER_TLS"]);

function refuseFront(label: string, { port, value, fronts }: AskedFront): Rejection | undefined {
  if (!isPort(port)) {
    const reason = `it has no effect: behind the dot ${shown(port) || '""'} is not a port (1–65535${/^0\d/.test(port) ? ", without a zero before it" : ""})`;
    return refuseLabel({ code: "not-a-port", label, value, reason });
  }
  if (fronts.has(Number(port))) return undefined;
  const reason = `it has no effect: the container asks for no front port ${port}`;
  const tell = guarding.has(splitSettingName(label.slice(proxyPrefix.length)).name) ? refuseLabel : hintLabel;
  return tell({ code: "setting-without-port", label, value, reason });
}

/** Only `aliyun.proxy.required` of exactly `true` opts a container in; hints tell one that seems to want it. */
export function readOptIn(labels: Labels): Pick<LabelReading, "isOptedIn" | "rejections"> {
  const required = labels.get(requiredLabel);
  const ports = labels.get(tcpPortsLabel) ?? "";
  const hasPorts = splitItems(ports).length > 0;
  if (required === "true") {
    const reason = `no port to route to: list the container's ports in ${tcpPortsLabel}`;
    const missing = hintLabel({ code: "required-without-port", label: requiredLabel, value: required, reason });
    return { isOptedIn: true, rejections: hasPorts ? [] : [missing] };
  }
  if (required !== undefined) {
    const reason = `"${shown(required)}" does not opt in: only exactly "true" does`;
    const slip = hintLabel({ code: "required-not-true", label: requiredLabel, value: required, reason });
    return { isOptedIn: false, rejections: isSlip(required) ? [slip] : [] };
  }
  const reason = `ports alone do not opt in: add ${requiredLabel}: "true"`;
  const alone = hintLabel({ code: "ports-without-required", label: tcpPortsLabel, value: ports, reason });
  return { isOptedIn: false, rejections: hasPorts ? [alone] : [] };
}

/** `True`, `yes`, `1`, `"true"` in quotes: meant, but not what counts. */
function isSlip(value: string): boolean {
  return /^["' ]*(true|t|yes|y|on|1)["' ]*$/i.test(value);
}

/** Reports each label that has no effect: its feature is not built yet, or it is not known. */
export function rejectIdle(labels: Labels, { takesCertificates = false }: LabelRules = {}): readonly Rejection[] {
  return [...labels].flatMap(([label, value]) => {
    const row = findLabel(label);
    if (row?.status === "http-not-built") return [refuseHttp(label, value)];
    if (row?.status === "key-in-label") return takesCertificates ? [] : [refuseKey(label, value)];
    return row === undefined ? hintUnknown(label, value) : [];
  });
}

function refuseHttp(label: string, value: string): Rejection {
  const name = label.startsWith(proxyPrefix) ? label.slice(proxyPrefix.length) : shown(label);
  const reason = `HTTP routing is not built yet: ${name} has no effect; ports in TCP_PORTS are served as TCP`;
  return refuseLabel({ code: "http-not-built", label, value, reason });
}

/** Whoever may read labels would have the key: everybody who may ask the engine, and once it is in a record the registry. */
function refuseKey(label: string, value: string): Rejection {
  const reason = `${shown(label)} has no effect: a private key in a label is everybody's who may look at the container; put it into a file of the proxy's CERT_FOLDER`;
  return refuseLabel({ code: "key-in-label", label, value, reason });
}

const family = "aliyun.";
const balancerFamily = "aliyun.lb";
const builtNames = labelTable.filter(({ status }) => status === "built").map(({ name }) => name);

/** A name after `aliyun.proxy.`, `aliyun.probe.` or `aliyun.lb` is meant for us; any other, where it is nearly one of ours. */
function hintUnknown(label: string, value: string): readonly Rejection[] {
  const meant = nameMeant(label);
  if (meant === undefined && ![proxyPrefix, probePrefix].some((each) => label.startsWith(each))) return [];
  const advice = meant === undefined ? "" : `; did you mean ${meant}?`;
  const reason = `${shown(label)} is not a label that is known here: it has no effect${advice}`;
  return [hintLabel({ code: "label-unknown", label, value, reason })];
}

function nameMeant(label: string): string | undefined {
  if (label.startsWith(balancerFamily)) return balancerPrefix + (/\d+$/.exec(label)?.[0] ?? "<container port>");
  const prefix = label.startsWith(proxyPrefix) ? proxyPrefix : family;
  const names = builtNames.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  const near = findNearMiss(label.slice(prefix.length), names);
  return near === undefined ? undefined : prefix + near;
}
