import assert from "node:assert/strict";
import { readPorts } from "../../src/labels/port-list.ts";

type Listens = Readonly<Record<number, readonly number[]>>;

/** Lines as `code: reason`; a port with TLS as a negative number. */
function read(tcp: string, exclude?: string): { readonly ports: Listens; readonly said: readonly string[] } {
  const labels = new Map([["aliyun.proxy.TCP_PORTS", tcp]]);
  if (exclude !== undefined) labels.set("aliyun.proxy.EXCLUDE_PORTS", exclude);
  const { ports, rejections } = readPorts(labels);
  const front = [...ports].map(([port, all]) => [port, all.map((each) => (each.ssl ? -each.port : each.port))]);
  return {
    ports: Object.fromEntries(front) as Listens,
    said: rejections.map(({ code, reason }) => `${code}: ${reason}`),
  };
}

describe("TCP_PORTS", () => {
  const taken: readonly (readonly [string, string, Listens])[] = [
    ["one port", "6379", { 6379: [6379] }],
    ["several", "6379,7000", { 6379: [6379], 7000: [7000] }],
    ["spaces and empty items", " 6379 , ,7000,", { 6379: [6379], 7000: [7000] }],
    ["listen:container", "8001:6379", { 6379: [8001] }],
    ["spaces around the colon", "8001 : 6379", { 6379: [8001] }],
    ["two listening ports for one container port, sorted", "8002:6379, 8001:6379", { 6379: [8001, 8002] }],
    ["a repetition", "6379,6379, 6379:6379", { 6379: [6379] }],
    ["the first and the last port", "1,65535", { 1: [1], 65535: [65535] }],
    ["nothing", "", {}],
    ["TLS", "443/ssl", { 443: [-443] }],
    ["TLS in any case, listen:container", "8443:443/SSL, 80:443", { 443: [80, -8443] }],
    ["TLS, with blanks", "443 /ssl , 8443:80/Ssl ", { 443: [-443], 80: [-8443] }],
  ];
  for (const [name, label, ports] of taken) {
    it(`takes ${name}: ${JSON.stringify(label)}`, () => assert.deepEqual(read(label), { ports, said: [] }));
  }

  it("keeps what the first item says of a port, TLS or plain", () => {
    const said = ["ssl-and-plain: port 443 is TLS by an earlier item: a port is served in one way"];
    assert.deepEqual(read("443/ssl, 443, 443:80"), { ports: { 443: [-443] }, said });
  });

  it("hints at one listening port for two container ports: connections go to either", () => {
    const reason = "port 80 leads to ports 8080 and 8081 of one container: each connection goes to either";
    const { ports, said } = read("80:8080, 80:8081, 81:8081");
    assert.deepEqual(ports, { 8080: [80], 8081: [80, 81] });
    assert.deepEqual(said, [`port-twice: ${reason}; give each a front port of its own`]);
  });

  const refused: readonly (readonly [string, string])[] = [
    ["99999", "port-out-of-range: 99999 is not a port (1–65535)"],
    ["0", "port-out-of-range: 0 is not a port (1–65535)"],
    ["65536", "port-out-of-range: 65536 is not a port (1–65535)"],
    ["99999999999999999999999", "port-out-of-range: 99999999999999999999999 is not a port (1–65535)"],
    ["abc", "not-a-port: abc is not a port (1–65535)"],
    ["6379 6380", "not-a-port: 6379 6380 is not a port (1–65535); items are separated by commas"],
    ["6379;6380", "not-a-port: 6379;6380 is not a port (1–65535); items are separated by commas"],
    ["-1", "not-a-port: -1 is not a port (1–65535)"],
    ["1e3", "not-a-port: 1e3 is not a port (1–65535)"],
    ["80.5", "not-a-port: 80.5 is not a port (1–65535)"],
    ["8000-8010", "not-a-port: 8000-8010 is not a port (1–65535)"],
    [":6379", 'not-a-port: "" is not a port (1–65535)'],
    ["8001:", 'not-a-port: "" is not a port (1–65535)'],
    ["99999:6379", "port-out-of-range: 99999 is not a port (1–65535)"],
    ["8001:0", "port-out-of-range: 0 is not a port (1–65535)"],
    ["1:2:3", "not-a-port: 1:2:3 is neither a port nor listen:container, such as 8001:6379"],
    ["53/udp", "unknown-suffix: 53/udp: the suffix /udp is not known, /ssl, /sni and /postgres are"],
    ["80/", "unknown-suffix: 80/: the suffix / is not known, /ssl, /sni and /postgres are"],
    ["80/ssl/ssl", "unknown-suffix: 80/ssl/ssl: the suffix /ssl/ssl is not known, /ssl, /sni and /postgres are"],
    ["99999/ssl", "port-out-of-range: 99999 is not a port (1–65535)"],
    ["7000/ssl", "ssl-and-plain: port 7000 is plain by an earlier item: a port is served in one way"],
    ["7000:81/ssl", "ssl-and-plain: port 7000 is plain by an earlier item: a port is served in one way"],
  ];
  for (const [item, said] of refused) {
    it(`refuses ${item} and takes the others`, () => {
      assert.deepEqual(read(`7000, ${item}`), { ports: { 7000: [7000] }, said: [said] });
    });
  }

  it("names label and item of what it refuses", () => {
    const { rejections } = readPorts(new Map([["aliyun.proxy.TCP_PORTS", "abc, 99999, 6379"]]));
    const label = "aliyun.proxy.TCP_PORTS";
    assert.deepEqual(rejections, [
      { code: "not-a-port", severity: "refused", label, value: "abc", reason: "abc is not a port (1–65535)" },
      {
        code: "port-out-of-range",
        severity: "refused",
        label,
        value: "99999",
        reason: "99999 is not a port (1–65535)",
      },
    ]);
  });

  it("takes at most 256 ports", () => {
    const { ports, said } = read(Array.from({ length: 300 }, (_, n) => n + 1).join(","));
    assert.equal(Object.keys(ports).length, 256);
    assert.deepEqual(said, ["too-many-ports: 300 ports are too many: the first 256 are served"]);
  });
});

describe("EXCLUDE_PORTS", () => {
  it("wins over TCP_PORTS, with a warning", () => {
    assert.deepEqual(read("6379, 8001:7000", "7000"), {
      ports: { 6379: [6379] },
      said: ["port-excluded: 7000 is in TCP_PORTS and in EXCLUDE_PORTS, which wins: not served"],
    });
  });

  it("says nothing of ports that nobody asked for", () => {
    assert.deepEqual(read("6379", "22, 80"), { ports: { 6379: [6379] }, said: [] });
  });

  it("refuses a bad item and takes the others", () => {
    assert.deepEqual(read("6379,7000", "x,7000").said, [
      "not-a-port: x is not a port (1–65535)",
      "port-excluded: 7000 is in TCP_PORTS and in EXCLUDE_PORTS, which wins: not served",
    ]);
  });
});
