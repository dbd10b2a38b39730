import assert from "node:assert/strict";
import { listenersOf } from "@fairway/standalone";

const head = "# pxname,svname,scur,stot,status,weight,addr,";
const server = { port: 6379, weight: 1, sessions: { now: 0, total: 3 } };

describe("listenersOf", () => {
  const answer = [
    head,
    "stats,FRONTEND,0,0,OPEN,,,",
    "port_6380,FRONTEND,0,0,OPEN,,,",
    "port_6380,BACKEND,0,0,UP,1,,",
    "port_6379,FRONTEND,0,0,OPEN,,,",
    "port_6379,b,0,3,UP,1,198.18.0.2:6379,",
    "port_6379,a,0,3,no check,1,[fd00::1]:6379,",
    "port_6379,c,0,3,MAINT,1,198.18.0.3:6379,",
    "port_6379,d,0,3,UP,0,198.18.0.4:6379,",
    "port_6379,e,0,3,DRAIN,1,198.18.0.5:6379,",
    "port_6379,BACKEND,0,0,UP,1,,",
    "",
  ].join("\n");

  it("lists the listeners by port, and nothing of HAProxy's other sections", () => {
    assert.deepEqual(
      listenersOf(answer).map(({ port, servers }) => [port, servers.length]),
      [
        [6379, 5],
        [6380, 0],
      ],
    );
  });

  it("tells each server's address and whether it is given connections", () => {
    assert.deepEqual(listenersOf(answer)[0]?.servers, [
      { ...server, name: "a", ip: "fd00::1", admin: "ready", status: "no check" },
      { ...server, name: "b", ip: "198.18.0.2", admin: "ready", status: "UP" },
      { ...server, name: "c", ip: "198.18.0.3", admin: "maint", status: "MAINT" },
      { ...server, name: "d", ip: "198.18.0.4", admin: "drain", status: "UP", weight: 0 },
      { ...server, name: "e", ip: "198.18.0.5", admin: "drain", status: "DRAIN" },
    ]);
  });

  it("answers nothing to an empty answer", () => {
    assert.deepEqual(listenersOf("\n"), []);
  });
});
