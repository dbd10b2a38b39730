import type { Line } from "@fairway/haproxy";
import { of, ours } from "@fairway/haproxy";
import { defaultOptions, defaultTimeouts } from "@fairway/contract";
import { operatorLines, type LineRules, type OperatorLines } from "./operator-lines.ts";
import type { ProxySettings } from "./proxy-settings.ts";

/** The lines of `defaults`: an operator's `option` or `timeout` takes the place of ours of the same name. */
export function defaultsSection(settings: ProxySettings, rules: LineRules): OperatorLines {
  const options = operatorLines("OPTION", prefixed("option", settings.options), rules);
  const timeouts = operatorLines("TIMEOUT", prefixed("timeout", settings.timeouts), rules);
  const extra = operatorLines("EXTRA_DEFAULT_SETTINGS", settings.extraDefaults, rules);
  const lines = [
    of("MODE", `mode ${settings.mode}`),
    of("BALANCE", `balance ${settings.balance}`),
    of("MAXCONN", `maxconn ${settings.maxconn}`),
    ours("log global"),
    ours("retries 7"),
    ...keepaliveLines,
    ...replaced(
      [...ourOptions(settings), ...prefixed("timeout", defaultTimeouts).map(ours)],
      [...options.lines, ...timeouts.lines, ...extra.lines],
    ),
  ];
  return { lines, notes: [...options.notes, ...timeouts.notes, ...extra.notes] };
}

/** A peer that vanished without a word is found within a minute. */
const keepaliveLines = ["cli", "srv"].flatMap((side) =>
  [`${side}tcpka-idle 30s`, `${side}tcpka-intvl 10s`, `${side}tcpka-cnt 3`].map(ours),
);

function ourOptions({ mode }: ProxySettings): readonly Line[] {
  const log = mode === "tcp" ? "tcplog" : "httplog";
  return prefixed("option", [...defaultOptions, "clitcpka", "srvtcpka", "dontlognull", log]).map(ours);
}

function prefixed(keyword: string, items: readonly string[]): readonly string[] {
  return items.map((item) => `${keyword} ${item}`);
}

/** Ours without those that the operator names, then the operator's. */
function replaced(own: readonly Line[], operators: readonly Line[]): readonly Line[] {
  const named = new Set(operators.map(nameOf));
  return [...own.filter((line) => !named.has(nameOf(line))), ...operators];
}

/** What a line sets: the options that choose a log format replace each other. */
function nameOf({ text }: Line): string {
  const name = text.split(/\s+/).slice(0, 2).join(" ");
  return /^option (tcp|http|https)log$/.test(name) ? "option log" : name;
}
