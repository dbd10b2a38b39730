import assert from "node:assert/strict";
import { builtInTemplate, countDefaultCertificates, render, type Listener, type Sections } from "@fairway/haproxy";

const from = { services: [], settings: [] };
const sections: Sections = { global: [], defaults: [], stats: [] };

function rendered(isTls: boolean): string {
  const lines = isTls ? countDefaultCertificates(["/names"]) : [];
  const settings = { addresses: ["0.0.0.0"], bind: [], lines };
  const listener: Listener = { port: 443, ssl: isTls, services: [], settings, servers: [] };
  const options = {
    template: builtInTemplate(),
    bindOrigin: () => from,
    serverOrigin: () => from,
    listFile: () => "/list",
    namesFile: () => "/names",
    namesSocket: () => "/names.sock",
    peersSocket: "/peers",
    rolesSocket: "/roles.sock",
    rolesFile: "/roles",
    greeterFile: "/postgres.lua",
  };
  return render({ sections, listeners: [listener] }, options).text;
}

describe("the count of clients who get the default certificate", () => {
  it("has its table beside a TLS listener, also where the stats page is left out", () => {
    const text = rendered(true);
    const [, table] = /track-sc1 dst_port table (\S+)/.exec(text) ?? [];
    assert.ok(table);
    assert.match(text, new RegExp(`^backend ${table}$`, "m"));
  });

  it("has none where no listener is TLS", () => assert.doesNotMatch(rendered(false), /stick-table/));
});
