import assert from "node:assert/strict";
import { type ComposeService, readComposeConfig } from "../src/rollout/compose-service.ts";
import { leftoversOf, planRollout, type RolloutOptions, type ServiceContainer } from "../src/rollout/rollout-plan.ts";

/** As Compose prints it; `more`: lines of the service, of other services after them. */
function serviceOf(more = "", others = ""): ComposeService {
  const lines = more.split("\n").filter((line) => line !== "");
  const labels = '    labels: {aliyun.proxy.required: "true", aliyun.proxy.TCP_PORTS: "6379"}\n';
  const text = `services:\n  web:\n    image: redis\n${lines.map((line) => `    ${line}\n`).join("")}${labels}${others}`;
  return readComposeConfig(text).services.get("web") ?? assert.fail("no such service");
}

/** `old`, `new` (as the file says), `drained`, `stopped`, each perhaps with where it has a volume of its own: `old:/data`. */
function containersOf(texts: string): readonly ServiceContainer[] {
  const words = texts.split(" ").filter((text) => text !== "");
  return words.map((word, at) => {
    const [kind = "", ...ownVolumes] = word.split(":");
    const isCurrent = kind.startsWith("new");
    return {
      id: `${at}`,
      name: word,
      isRunning: kind !== "stopped",
      isCurrent,
      isDrained: kind.endsWith("drained"),
      ownVolumes,
    };
  });
}

const asked: RolloutOptions = { scale: undefined, isForced: false };

describe("the plan of a rollout", () => {
  type Row = readonly [string, string, Partial<RolloutOptions>, string, string];
  const rows: readonly Row[] = [
    ["makes one where there is none", "", {}, "", "1 of 1: kept –, stopped –, old –"],
    ["replaces as many as there are", "old old", {}, "", "2 of 4: kept –, stopped –, old 0 1"],
    ["makes as many as the file says", "old", {}, "scale: 3", "3 of 4: kept –, stopped –, old 0"],
    ["makes as many as its deploy part says", "old", {}, "deploy: {replicas: 2}", "2 of 3: kept –, stopped –, old 0"],
    ["makes as many as are asked for", "old old", { scale: 1 }, "scale: 3", "1 of 3: kept –, stopped –, old 0 1"],
    ["keeps those that are as the file says", "new new", {}, "", "0 of 2: kept 0 1, stopped –, old –"],
    ["replaces these too where it is forced", "new", { isForced: true }, "", "1 of 2: kept –, stopped –, old 0"],
    ["takes away what is too much", "new new new", { scale: 1 }, "", "0 of 3: kept 0, stopped –, old 1 2"],
    [
      "ends one that was killed before its last container was made",
      "old old new",
      {},
      "",
      "1 of 4: kept 2, stopped –, old 0 1",
    ],
    ["ends one that was killed before it drained", "old old new new", {}, "", "0 of 4: kept 2 3, stopped –, old 0 1"],
    ["ends one that was killed while it drained", "drained new new", {}, "", "0 of 3: kept 1 2, stopped –, old 0"],
    ["counts what an operator drains", "old drained", {}, "", "2 of 4: kept –, stopped –, old 0 1"],
    [
      "replaces one that is drained although it is as the file says",
      "new-drained new",
      {},
      "",
      "0 of 2: kept 1, stopped –, old 0",
    ],
    ["removes what does not run before Compose starts it", "stopped old", {}, "", "1 of 2: kept –, stopped 0, old 1"],
  ];
  for (const [title, containers, options, more, expected] of rows) {
    it(title, () => {
      const plan = planRollout(containersOf(containers), serviceOf(more), { ...asked, ...options });
      assert.ok(plan.ok, JSON.stringify(plan));
      const ids = (all: readonly ServiceContainer[]) => all.map(({ id }) => id).join(" ") || "–";
      const { created, scale, kept, stopped, old } = plan;
      assert.equal(`${created} of ${scale}: kept ${ids(kept)}, stopped ${ids(stopped)}, old ${ids(old)}`, expected);
    });
  }

  it("knows whether old ones serve on where the new fail, which those are not that are too many", () => {
    const [mixed, many] = ["old new", "new new"].map((containers) => {
      const plan = planRollout(containersOf(containers), serviceOf(), { ...asked, scale: 1 });
      return plan.ok && plan.isReplacing;
    });
    assert.deepEqual([mixed, many], [true, false]);
  });

  const volume = "volumes: ['shop_data:/data:rw']";
  const writes = /^shop_data at \/data: one container writes there, and two would for a while; .*--scale 2$/;
  const own = /^\/data is a volume of each container's own, which would be gone with it: /;
  const refusals: readonly (readonly [string, string, string, RegExp, Partial<RolloutOptions>?])[] = [
    ["a name of its own", "old", "container_name: web", /^container_name: web is the name of one container alone/],
    ["the machine's network", "old", "network_mode: host", /^network_mode: host: two of it would listen/],
    [
      "another's network",
      "old",
      "network_mode: 'service:vpn'",
      /^network_mode: service:vpn: it has no network of its own/,
    ],
    [
      "a port of the machine",
      "old",
      "ports: [{target: 80, published: 8080}]",
      /^port 8080 of this machine is published/,
    ],
    ["one as newer Compose prints it", "old", "ports: [{target: 80, published: '8080', mode: ingress}]", /^port 8080 /],
    ["one in short", "old", "ports: ['127.0.0.1:8080:80/tcp']", /^port 8080 /],
    [
      "an address of its own",
      "old",
      "networks: {a: {ipv4_address: 198.18.0.9}}",
      /^198\.18\.0\.9 is the address of one/,
    ],
    ["a volume that one container writes", "old", volume, writes],
    [
      "a directory that one container writes",
      "old",
      "volumes: [{type: bind, source: /srv, target: /srv}]",
      /^\/srv at \/srv: one/,
    ],
    ["a volume without a name", "old:/data", "", own],
    ["that of one that does not run", "stopped:/data", "", own],
    ["that of one that is too much", "new new:/data", "", own, { scale: 1 }],
    ["one that the file asks for", "old:/data old:/data", "volumes: [/data]", own],
    ["no containers at all", "old", "scale: 0", /^its file wants none of it/],
  ];
  for (const [title, containers, more, reason, options] of refusals) {
    it(`refuses ${title}`, () => {
      const plan = planRollout(containersOf(containers), serviceOf(more), { ...asked, ...options });
      assert.ok(!plan.ok);
      assert.equal(plan.reasons.length, 1, plan.reasons.join("\n"));
      assert.match(plan.reasons[0] ?? "", reason);
    });
  }

  const allowed: readonly (readonly [string, string, string, Partial<RolloutOptions>])[] = [
    ["a volume that it only reads", "old", "volumes: ['/etc/shop:/etc/shop:ro']", {}],
    [
      "one that it only reads, as newer Compose prints it",
      "old",
      "volumes: [{type: bind, source: /etc/a, target: /a, read_only: true}]",
      {},
    ],
    ["a socket of the machine", "old", "volumes: ['/var/run/docker.sock:/var/run/docker.sock']", {}],
    ["a volume that two write already", "old old", volume, {}],
    ["a volume that two are to write", "old", volume, { scale: 2 }],
    ["a volume for the first container", "", volume, {}],
    ["a tmpfs in place of a volume of its own", "old:/data", "tmpfs: ['/data:size=1m']", {}],
    ["a named volume in place of one of its own", "old:/data old:/data", volume, {}],
    ["a range of ports", "old", "ports: [{target: 80, published: 8080-8090}, {target: 81}, '6379']", {}],
  ];
  for (const [title, containers, more, options] of allowed) {
    it(`allows ${title}`, () => {
      const plan = planRollout(containersOf(containers), serviceOf(more), { ...asked, ...options });
      assert.ok(plan.ok, JSON.stringify(plan));
    });
  }

  for (const [title, containers, served, gone] of [
    ["those that nobody serves, where old ones are served", "old old new new", "0 1 2", "3"],
    ["none where nobody serves an old one any more", "drained drained new new", "", ""],
    ["none that is served beside one that is drained", "new-drained new new", "1 2", ""],
    ["none where there are no old ones", "new new", "", ""],
  ] as const) {
    it(`takes away, if it fails, of containers that are as the file says ${title}`, () => {
      const plan = planRollout(containersOf(containers), serviceOf(), asked);
      assert.ok(plan.ok);
      const left = leftoversOf(plan, ({ id }) => served.split(" ").includes(id));
      assert.equal(left.map(({ id }) => id).join(" "), gone);
    });
  }

  it("refuses a service whose network another uses, and one that asks for no port", () => {
    const joined = serviceOf("", "  vpn: {image: vpn, network_mode: 'service:web'}\n");
    assert.deepEqual(planRollout(containersOf("old"), joined, asked), {
      ok: false,
      reasons: ["vpn uses its network, and would be left without one"],
    });
    const silent = readComposeConfig("services: {web: {image: redis, labels: ['aliyun.proxy.required=true']}}");
    const plan = planRollout([], silent.services.get("web") ?? joined, asked);
    assert.match(plan.ok ? "" : plan.reasons.join(), /^its labels ask no proxy for a port/);
  });

  it("shows nothing that acts on a terminal", () => {
    const plan = planRollout(containersOf("old"), serviceOf('container_name: "a\\u001b[2J"'), asked);
    assert.match(plan.ok ? "" : plan.reasons.join(), /^container_name: a\\u\{1b\}\[2J is/);
  });
});
