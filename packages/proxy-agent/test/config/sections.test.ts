import assert from "node:assert/strict";
import type { ProxySettings } from "../../src/config/sections.ts";
import { hostOf } from "../../src/config/operator-lines.ts";
import { logHosts, sectionsOf } from "../../src/config/sections.ts";
import { proxySettings } from "../facts.ts";

type Name = "global" | "defaults" | "stats" | "monitor" | "backends";

function linesOf(name: Name, changed: Partial<ProxySettings>, resolves = true): readonly string[] {
  const { sections } = sectionsOf({ ...proxySettings, ...changed }, () => resolves);
  return (sections[name] ?? []).map(({ text }) => text.trim());
}

describe("sections", () => {
  for (const [title, name, changed, has, hasNot] of [
    [
      "a crashed server delays nobody",
      "defaults",
      {},
      ["timeout connect 200ms", "retries 7", "option redispatch 1"],
      [],
    ],
    [
      "an operator's timeout wins",
      "defaults",
      { timeouts: ["connect 5000"] },
      ["timeout connect 5000", "timeout client 1h"],
      ["timeout connect 200ms"],
    ],
    [
      "an operator's option wins",
      "defaults",
      { options: ["redispatch"] },
      ["option redispatch"],
      ["option redispatch 1"],
    ],
    [
      "a log option replaces ours",
      "defaults",
      { mode: "http", options: ["tcplog"] },
      ["option tcplog"],
      ["option httplog"],
    ],
    [
      "httplog in tcp mode is tcplog, once",
      "defaults",
      { extraDefaults: ["option httplog"] },
      ["option tcplog"],
      ["option httplog"],
    ],
    [
      "httplog in http mode stays",
      "defaults",
      { mode: "http", extraDefaults: ["option httplog"] },
      ["option httplog"],
      ["option tcplog"],
    ],
    [
      "a new server joins those of BALANCE source without a reload",
      "defaults",
      { balance: "source" },
      ["balance source", "hash-type consistent"],
      [],
    ],
    [
      "an operator's kind of hash wins",
      "defaults",
      { balance: "source", extraDefaults: ["hash-type map-based"] },
      ["hash-type map-based"],
      ["hash-type consistent"],
    ],
    [
      "old workers live as long as their connections",
      "global",
      {},
      ["mworker-max-reloads 1000000"],
      ["hard-stop-after 0s"],
    ],
    ["old workers end after RELOAD_TIMEOUT", "global", { reloadTimeoutS: 30 }, ["hard-stop-after 30s"], []],
    [
      "HAProxy's HTTP client, which nothing uses, reads no authorities",
      "global",
      { extraGlobal: ["tune.bufsize 16384"] },
      ["httpclient.ssl.verify none"],
      [],
    ],
    ...['"lua-load" /x.lua', "httpclient.timeout.connect 1s", "acme x", "ocsp-update.mode on"].map(
      (line) =>
        [
          `HAProxy's HTTP client verifies as it does by itself, with ${line}`,
          "global",
          { extraGlobal: [line] },
          [line],
          ["httpclient.ssl.verify none"],
        ] as const,
    ),
    ["old workers end at once", "global", { reloadTimeoutS: -1 }, ["hard-stop-after 1ms"], []],
    [
      "the stats page is on loopback",
      "stats",
      { addresses: ["0.0.0.0", "::"] },
      ["bind 127.0.0.1:1936"],
      ["bind 0.0.0.0:1936"],
    ],
    [
      "the stats page asks who comes from outside",
      "stats",
      { statsAuth: "me:a b:c" },
      [
        "bind 0.0.0.0:1936",
        "user me insecure-password a\\x20b:c",
        "http-request auth realm Fairway unless { http_auth(fairway_stats) }",
      ],
      ["bind 127.0.0.1:1936"],
    ],
    [
      "HAProxy's health is answered at every address of listeners, and nothing else there",
      "monitor",
      { addresses: ["0.0.0.0", "::"], monitor: { port: 8080, uri: '/up?"a' } },
      ["mode http", "bind 0.0.0.0:8080", "bind [::]:8080 v6only", "monitor-uri /up\\x3f\\x22a"],
      [],
    ],
    [
      "a path with spaces is one word",
      "global",
      { socket: "/a b/x" },
      ["stats socket /a\\x20b/x mode 600 level admin expose-fd listeners"],
      [],
    ],
  ] as const satisfies readonly (readonly [
    string,
    Name,
    Partial<ProxySettings>,
    readonly string[],
    readonly string[],
  ])[]) {
    it(`say that ${title}`, () => {
      const lines = linesOf(name, changed);
      for (const line of has) assert.equal(lines.filter((each) => each === line).length, 1, line);
      for (const line of hasNot) assert.ok(!lines.includes(line), line);
    });
  }

  it("have the operator's further backends, each a section with its own lines, whose text is known", () => {
    const backends = [
      { rest: "a", items: ["mode http", "server s 192.0.2.1:80"] },
      { rest: "B-2", items: ["option httplog", "log gone local0"] },
    ];
    const { sections, notes } = sectionsOf({ ...proxySettings, backends }, (host) => host !== "gone");
    const lines = (sections.backends ?? []).map(({ text, from }) => `${text} ${from.settings.join()}`);
    assert.deepEqual(lines, [
      " ",
      "backend a ADDITIONAL_BACKEND_a",
      "    mode http ADDITIONAL_BACKEND_a",
      "    server s 192.0.2.1:80 ADDITIONAL_BACKEND_a",
      " ",
      "backend B-2 ADDITIONAL_BACKEND_B-2",
      "    option tcplog ADDITIONAL_BACKEND_B-2",
    ]);
    assert.deepEqual(notes, [
      "ADDITIONAL_BACKEND_B-2: option httplog is taken as option tcplog, MODE is tcp",
      "ADDITIONAL_BACKEND_B-2: a log line is left out, gone does not resolve",
    ]);
    assert.deepEqual(logHosts({ ...proxySettings, backends }), ["gone"]);
  });

  it("have no page for HAProxy's health without MONITOR_PORT", () => assert.deepEqual(linesOf("monitor", {}), []));

  it("leave out log targets that do not resolve, and say so", () => {
    const settings = {
      ...proxySettings,
      extraDefaults: ["log rsyslog local0", "log global"],
      rsyslogDestination: "gone:514",
    };
    const { sections, notes } = sectionsOf(settings, () => false);
    assert.deepEqual(notes, [
      "RSYSLOG_DESTINATION: left out, gone does not resolve",
      "EXTRA_DEFAULT_SETTINGS: a log line is left out, rsyslog does not resolve",
    ]);
    const lines = [...sections.global, ...sections.defaults].map(({ text }) => text);
    assert.ok(lines.includes("log global") && !lines.some((line) => /rsyslog|gone/.test(line)));
    assert.deepEqual(logHosts(settings), ["gone", "rsyslog"]);
  });

  it("know whose text each line is", () => {
    const { sections } = sectionsOf({ ...proxySettings, extraGlobal: ["nbthread 2"] }, () => true);
    const line = sections.global.find(({ text }) => text === "nbthread 2");
    assert.deepEqual(line?.from, { services: [], settings: ["EXTRA_GLOBAL_SETTINGS"] });
  });
});

describe("the host of a log target", () => {
  for (const [target, host] of [
    ["rsyslog", "rsyslog"],
    ["rsyslog:514", "rsyslog"],
    ["udp@rsyslog:514", "rsyslog"],
    ["127.0.0.1", undefined],
    ["127.0.0.1:514", undefined],
    ["::1", undefined],
    ["[::1]:514", undefined],
    ["/dev/log", undefined],
    ["global", undefined],
    ["stdout", undefined],
    ["ring@buffer", undefined],
    ["fd@1", undefined],
  ] as const) {
    it(`in ${target} is ${host ?? "none to resolve"}`, () => assert.equal(hostOf(target), host));
  }
});
