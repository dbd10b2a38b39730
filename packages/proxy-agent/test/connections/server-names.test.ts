import assert from "node:assert/strict";
import type { Listener } from "@fairway/haproxy";
import { ServerNames } from "../../src/connections/server-names.ts";
import { serverNameStart } from "../../src/desired/server-name.ts";

const at = { project: "shop", service: "web.one", port: 80, node: "node-1", container12: "0123456789ab" } as const;
const name = `${serverNameStart(at)}aaaaaaaaaaaa`;
const server = { name, ip: "192.0.2.1", port: 80, admin: "ready", options: [] } as const;
const endpoint = "endpoints/shop/web.one/80/node-1/0123456789ab";
const listener = (servers: Listener["servers"]): Listener => {
  return { port: 7000, ssl: false, services: [], settings: { addresses: [], bind: [] }, servers };
};
const whole = { project: "shop", service: "web.one", node: "node-1", container: "0123456789ab" };

describe("whose a server is", () => {
  it("is known while it is served, and after it left", () => {
    const names = new ServerNames([]);
    names.follow([listener([{ ...server, endpoint }])]);
    assert.deepEqual(names.ownerOf(7000, name), whole);
    names.follow([listener([])]);
    assert.deepEqual(names.ownerOf(7000, name), whole);
    names.follow([]);
    assert.deepEqual(names.ownerOf(7000, name), whole);
  });

  it("is known of what an earlier agent knew, before anything is served", () => {
    assert.deepEqual(new ServerNames([at]).ownerOf(7000, name), whole);
  });

  it("is said by its name, but for the project, where nobody knows more", () => {
    const names = new ServerNames([]);
    const owner = { project: undefined, service: "web-one", node: "node-1", container: "0123456789ab" };
    assert.deepEqual(names.ownerOf(7000, name), owner);
    assert.equal(names.ownerOf(7000, "another"), undefined);
  });
});
