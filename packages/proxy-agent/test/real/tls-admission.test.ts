import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { connect as connectPlain, type Socket } from "node:net";
import { join } from "node:path";
import { connect } from "node:tls";
import type { ListenerList } from "@fairway/haproxy";
import { makeCertificate, pemOf } from "./kit/certificates.ts";
import { eventually } from "./kit/client.ts";
import { listener, serverAt } from "./kit/stage.ts";
import { useStage } from "./kit/use-stage.ts";

const from = { services: ["shop/echo"], settings: [] };

describe("who is refused at a port that is marked /ssl", () => {
  const at = useStage(["a"], 1);
  const port = () => at().ports[0] ?? 0;
  let pem = "";
  before(async () => {
    pem = pemOf(await makeCertificate("a.example"));
  });

  async function serve(...lists: readonly ListenerList[]) {
    const { stage, echoes } = at();
    const file = join(stage.paths.directory, "test.pem");
    await writeFile(file, pem);
    const settings = { lists, bind: ["ssl", "crt", file] };
    const servers = echoes.map((echo) => serverAt(echo));
    const outcome = await stage.apply(stage.desired([listener(port(), servers, settings)]));
    assert.ok(outcome.ok, JSON.stringify(outcome));
  }

  /** How far a client of TLS comes: it is served, sees no more than a handshake, or not even that. */
  async function reachedFrom(localAddress: string, header = ""): Promise<"server" | "handshake" | "nothing"> {
    const plain = await holdSilent(localAddress);
    if (header !== "") plain.write(header);
    if (plain.destroyed) return "nothing";
    const socket = connect({ socket: plain, rejectUnauthorized: false });
    let isShaken = false;
    socket.on("error", () => undefined).once("secureConnect", () => (isShaken = true));
    const served = once(socket, "data").then(() => true);
    const isServed = await Promise.race([served, once(socket, "close").then(() => false)]).catch(() => false);
    socket.destroy();
    if (isServed) return "server";
    return isShaken ? "handshake" : "nothing";
  }

  async function holdSilent(localAddress: string): Promise<Socket> {
    const socket = connectPlain({ host: "127.0.0.1", port: port(), localAddress });
    socket.on("error", () => undefined);
    await once(socket, "connect").catch(() => undefined);
    return socket;
  }

  it("gets no handshake, which would cost the proxy's processor", async () => {
    await serve({ kind: "deny", networks: ["127.0.1.1"], from });
    const reached = await Promise.all([reachedFrom("127.0.1.1"), reachedFrom("127.0.1.2")]);
    assert.deepEqual(reached, ["nothing", "server"]);
  });

  it("gets none either where load balancers tell others by a PROXY header", async () => {
    const told: ListenerList = { kind: "accept-proxy", networks: ["127.0.1.9"], from };
    await serve({ kind: "allow", networks: ["127.0.1.2"], from }, { kind: "rate", most: 100, per: "1s", from }, told);
    const reached = await Promise.all([reachedFrom("127.0.1.1"), reachedFrom("127.0.1.2")]);
    assert.deepEqual(reached, ["nothing", "server"]);
    const behind = (client: string) => reachedFrom("127.0.1.9", `PROXY TCP4 ${client} 127.0.0.1 999 443\r\n`);
    const [refused, served] = await Promise.all([behind("127.0.1.1"), behind("127.0.1.2")]);
    assert.deepEqual([refused === "server", served], [false, "server"]);
  });

  it("has as many connections as CONNECTIONS says also where these say nothing", async () => {
    await serve({ kind: "connections", most: 50, from });
    const silent = await Promise.all(Array.from({ length: 55 }, () => holdSilent("127.0.1.1")));
    const held = () => silent.filter(({ destroyed }) => !destroyed);
    await eventually("50 of 55 are let in", () => held().length === 50);
    assert.equal(await reachedFrom("127.0.1.1"), "nothing");
    assert.equal(await reachedFrom("127.0.1.2"), "server");
    held()[0]?.destroy();
    await eventually("a place is free again", async () => (await reachedFrom("127.0.1.1")) === "server");
    for (const each of silent) each.destroy();
  });
});
