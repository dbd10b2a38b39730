import assert from "node:assert/strict";
import { readComposeFile } from "../src/plan/compose-file.ts";
import { readDotEnv } from "../src/plan/dot-env.ts";
import { interpolate } from "../src/plan/interpolate.ts";
import { readPorts } from "../src/plan/ports.ts";

describe("a value of a Compose file", () => {
  const variables = new Map([
    ["PORT", "6379"],
    ["EMPTY", ""],
    ["ODD", null],
  ]);
  for (const [written, text] of [
    ["plain", "plain"],
    ["$PORT:1", "6379:1"],
    ["${PORT}", "6379"],
    ["${PORT:-1}", "6379"],
    ["${EMPTY:-1}", "1"],
    ["${EMPTY-1}", ""],
    ["${NONE-${PORT}}", "6379"],
    ["${NONE:-a}b", "ab"],
    ["${PORT:+x}${NONE:+x}${EMPTY+y}", "xy"],
    ["$$PORT and $${PORT}", "$PORT and ${PORT}"],
    ["[${NONE}]", "[]"],
  ] as const) {
    it(`is "${text}" as "${written}"`, () => {
      const read = interpolate(written, variables);
      assert.ok(read.ok);
      assert.equal(read.text, text);
    });
  }

  for (const [written, reason] of [
    ["${ODD}", /^the value of ODD is not known/],
    ["${NONE:?say one}", /^NONE is to be set: say one$/],
    ["${EMPTY:?}", /^EMPTY is to be set$/],
    ["a $ b", /^a \$ that begins no variable/],
    ["${PORT", /^a \$ that begins no variable/],
    ["${1}", /no variable$/],
  ] as const) {
    it(`is refused as "${written}"`, () => {
      const read = interpolate(written, variables);
      assert.ok(!read.ok);
      assert.match(read.reason, reason);
    });
  }

  it("knows of .env what is plain, and that the rest is not known", () => {
    const text = "A=1\n# B=2\nexport C='c d' # more\nD=\"x\"\nE=$A\nF=a\\nb\nG=\nH=h # no\n";
    assert.deepEqual(Object.fromEntries(readDotEnv(text)), {
      A: "1",
      C: "c d",
      D: "x",
      E: null,
      F: null,
      G: "",
      H: "h",
    });
  });
});

describe("a published port of a Compose file", () => {
  const at = (containerPort: number, hostPort?: number, hostIp = "0.0.0.0") => ({ containerPort, hostIp, hostPort });
  for (const [item, ports] of [
    ["80", [at(80)]],
    ["8080:80", [at(80, 8080)]],
    ["127.0.0.1:8080:80/tcp", [at(80, 8080, "127.0.0.1")]],
    ["[::1]:8080:80", [at(80, 8080, "::1")]],
    ["127.0.0.1::80", [at(80, undefined, "127.0.0.1")]],
    ["8080-8081:80-81", [at(80, 8080), at(81, 8081)]],
    ["8080-8089:80", [at(80)]],
    ["53:53/udp", []],
    [{ target: 80, published: "8080", host_ip: "10.0.0.1" }, [at(80, 8080, "10.0.0.1")]],
    ["web", undefined],
    ["70000:80", undefined],
    ["999.1.1.1:80:80", undefined],
  ] as const) {
    it(`is read as ${JSON.stringify(item)}`, () => assert.deepEqual(readPorts(item), ports));
  }
});

describe("a Compose file", () => {
  const problems = (text: string) =>
    readComposeFile(text, new Map()).remarks.map(({ at, text: said }) => `${at.line}:${at.column} ${said}`);

  it("says where it cannot be read, or followed", () => {
    const said = problems(
      "services:\n  web:\n    image: a\n    extends: {service: b}\n    ports: [web]\n    labels:\n      a: ${B:?}\n",
    );
    assert.deepEqual(said, [
      "4:5 extends: it is not followed here: plan the output of docker compose config instead (fairway plan -)",
      "7:7 B is to be set",
      "5:13 ports: web is not read here: is it [address:][port:]port?",
    ]);
    assert.match(problems("services: [")[0] ?? "", /^1:12 /);
  });

  it("leaves out what is not started by default, and names variables that are not set", () => {
    const text = "services:\n  a: {image: x, profiles: [p]}\n  b: {image: x, scale: 0}\n  c: {image: $X}\n";
    assert.deepEqual(
      readComposeFile(text, new Map()).services.map(({ name }) => name),
      ["c"],
    );
    assert.match(
      problems(text).join("\n"),
      /service a is left out: it has profiles[^]*b is left out: it has no repl[^]*X is not set/,
    );
  });

  it("is read in the provider's form as its converter makes one of it, with the places of the template", () => {
    const { services, remarks } = readComposeFile(
      "db:\n  image: redis\n  labels:\n    aliyun.proxy.TCP_PORTS: '1:2'\n",
      new Map(),
    );
    assert.deepEqual(remarks, []);
    assert.deepEqual(services[0]?.labels, { "aliyun.proxy.TCP_PORTS": "1:2" });
    assert.deepEqual(services[0]?.labelsAt["aliyun.proxy.TCP_PORTS"], { line: 4, column: 5 });
  });
});
