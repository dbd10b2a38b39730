import assert from "node:assert/strict";
import { endpointsOf } from "../../src/endpoints/endpoints-of.ts";
import { one } from "../../../contract/test/labels/certificates-of-nobody.ts";
import { aContainer, type ContainerBuilder, containerId } from "../a-container.ts";

const node = { name: "node-1", address: "198.18.0.11", isRootless: false, projects: ["*"] };

function read(builder: ContainerBuilder, joined?: ContainerBuilder) {
  const container = builder.build();
  const networkOwner = container.networkMode.kind === "container" ? joined?.build() : container;
  return endpointsOf({ container, networkOwner, node });
}

function codesOf(builder: ContainerBuilder, joined?: ContainerBuilder): readonly string[] {
  return read(builder, joined).rejections.map(({ code }) => code);
}

describe("endpoints of a container", () => {
  const master = aContainer()
    .named("shop_redis-master_1")
    .label("com.docker.compose.project", "shop")
    .label("com.docker.compose.service", "redis-master")
    .on("bridge", "172.17.0.3");

  it("have the settings of their own front ports alone", () => {
    const labelled = master.serving("6379, 8001:80").label("aliyun.proxy.WEIGHT", "5");
    const { endpoints } = read(labelled.label("aliyun.proxy.WEIGHT.6379", "9").label("aliyun.proxy.IDLE.8001", "1m"));
    const settings = endpoints.map(({ key, record }) => [key.port, record.settings]);
    assert.deepEqual(settings, [
      [80, { WEIGHT: "5", "IDLE.8001": "1m" }],
      [6379, { WEIGHT: "5", "WEIGHT.6379": "9" }],
    ]);
  });

  it("have a certificate of a label, whose key is in it, in the records of ports that serve it alone", () => {
    const pem = `${one.certificate}\n${one.key}`;
    const labelled = master
      .serving("6379, 8443:443/ssl")
      .label("aliyun.proxy.SSL_CERT", pem.replaceAll("\n", "\\n"))
      .build();
    const rules = { takesCertificates: true };
    const { endpoints } = endpointsOf({ container: labelled, networkOwner: labelled, node: { ...node, rules } });
    const settings = endpoints.map(({ key, record }) => [key.port, record.settings]);
    assert.deepEqual(settings, [
      [443, { SSL_CERT: pem }],
      [6379, {}],
    ]);
  });

  it("are one for each port, with all that stays the same while it runs", () => {
    assert.deepEqual(read(master.serving("8001:6379, 8002:6379").published(6379, 32768)).endpoints, [
      {
        key: { project: "shop", service: "redis-master", port: 6379, node: "node-1", container12: "4f5c1b2a9d3e" },
        record: {
          v: 1,
          addresses: [
            {
              via: "network",
              networkId: "id-of-bridge",
              network: "bridge",
              scope: "local",
              driver: "bridge",
              ip: "172.17.0.3",
              port: 6379,
            },
            { via: "node", ip: "198.18.0.11", port: 32768 },
          ],
          listen: [
            { port: 8001, ssl: false },
            { port: 8002, ssl: false },
          ],
          claims: [],
          settings: {},
          container: {
            id: containerId,
            name: "shop_redis-master_1",
            image: "web:1",
            createdAt: "2026-11-22T08:00:00.000Z",
            startedAt: "2026-11-22T08:00:01.000Z",
          },
        },
      },
    ]);
  });

  it("are also one for each port that load balancers are asked for, opted in or not", () => {
    const labelled = master
      .label("aliyun.lb.port_6379", "tcp://proxy_test:6379")
      .label("aliyun.lb.port_80", "http://front:8080")
      .label("aliyun.lb.port_53", "udp://front:53");
    const asked = (builder: ContainerBuilder) =>
      read(builder).endpoints.map(({ key, record: { listen, claims } }) => [key.port, listen.length, claims]);
    const http = { balancer: "front", port: 8080, scheme: "http" };
    const tcp = { balancer: "proxy_test", port: 6379, scheme: "tcp" };
    assert.deepEqual(asked(labelled), [
      [80, 0, [http]],
      [6379, 0, [tcp]],
    ]);
    assert.deepEqual(asked(labelled.serving("8001:6379, 9000")), [
      [80, 0, [http]],
      [6379, 1, [tcp]],
      [9000, 1, []],
    ]);
    assert.deepEqual(codesOf(labelled).toSorted(), ["carried-as-tcp", "scheme-not-carried"]);
  });

  it("carry the settings of accepted labels, and what is refused of one is told", () => {
    const { endpoints, rejections } = read(master.serving("6379").label("aliyun.proxy.SHARE", "shop-green, sh*"));
    assert.deepEqual(endpoints[0]?.record.settings, { SHARE: "shop-green" });
    assert.deepEqual(
      rejections.map(({ code, value }) => [code, value]),
      [["not-a-project", "sh*"]],
    );
  });

  it("serve the good ports beside bad ones", () => {
    const { endpoints, rejections } = read(master.serving("abc, 99999, 6379"));
    assert.deepEqual([endpoints.map(({ key }) => key.port), rejections.length], [[6379], 2]);
  });

  it("need not be exposed or published", () => assert.equal(read(master.serving("7000")).endpoints.length, 1));

  it("are none without opting in, whatever the other labels", () => {
    const { endpoints } = read(master.label("aliyun.proxy.TCP_PORTS", "6379").label("aliyun.proxy.VIRTUAL_HOST", "a"));
    assert.deepEqual(endpoints, []);
  });

  it("are served as TCP beside HTTP labels, which are reported", () => {
    const { endpoints, rejections } = read(master.serving("6379").label("aliyun.proxy.VIRTUAL_HOST", "a"));
    assert.deepEqual([endpoints.length, rejections.map(({ code }) => code)], [1, ["http-not-built"]]);
  });

  it("have the addresses of the container whose network is used", () => {
    const side = aContainer().named("side").serving("6379").inMode({ kind: "container", container: "x" });
    const { endpoints } = read(side, aContainer().on("bridge", "172.17.0.9").published(6379, 7000));
    assert.deepEqual(
      endpoints.flatMap(({ record }) => record.addresses.map(({ ip }) => ip)),
      ["172.17.0.9", "198.18.0.11"],
    );
    assert.equal(endpoints[0]?.key.service, "side");
  });

  it("are refused when the container whose network is used is gone", () => {
    const side = aContainer()
      .serving("6379")
      .inMode({ kind: "container", container: "x".repeat(64) });
    assert.deepEqual(codesOf(side), ["joined-container-gone"]);
  });

  it("are none of a one-off container of docker compose run, and a hint says so", () => {
    const task = master.serving("6379").label("com.docker.compose.oneoff", "True");
    assert.deepEqual([read(task).endpoints, codesOf(task)], [[], ["one-off"]]);
    assert.deepEqual(codesOf(master.serving("6379").label("com.docker.compose.oneoff", "False")), []);
    assert.deepEqual(codesOf(master.label("com.docker.compose.oneoff", "True")), []);
  });

  it("are refused without a network", () => {
    assert.deepEqual(codesOf(aContainer().serving("6379").inMode({ kind: "none" })), ["no-network"]);
  });

  it("are refused under a name with a line break", () => {
    const odd = master.label("com.docker.compose.service", "a\nb").serving("6379");
    assert.deepEqual([read(odd).endpoints, codesOf(odd)], [[], ["control-character"]]);
  });

  it("are not harmed by the platform's other labels", () => {
    const { rejections } = read(
      master
        .serving("6379")
        .label("aliyun.depends", "a,b")
        .label("aliyun.global", "true")
        .label("aliyun.custom_addon", "proxy"),
    );
    assert.deepEqual(rejections, []);
  });

  it("have records of an ordinary size, however long the names of container, image and networks are", () => {
    const long = "n".repeat(131_000);
    const builder = Array.from({ length: 12 }).reduce<ContainerBuilder>(
      (each, _, at) => each.on(`${long}${at}`, `172.17.${at}.3`, { id: `id${at}`, driver: long }),
      master.named(long).serving("6379"),
    );
    const [endpoint] = read(builder).endpoints;
    const text = JSON.stringify(endpoint?.record);
    assert.ok(text.length < 20_000, `${text.length} characters`);
  });

  it("use at most 32 addresses in networks and as many on the node, and say so", () => {
    const onMany = Array.from({ length: 40 }).reduce<ContainerBuilder>(
      (each, _, at) => each.on(`net${at}`, `172.17.${at}.3`).published(6379, 32_000 + at),
      master.serving("6379"),
    );
    const { endpoints, rejections } = read(onMany);
    assert.equal(endpoints[0]?.record.addresses.length, 64);
    assert.equal(
      rejections.find(({ code }) => code === "too-many-addresses")?.reason,
      "17 more addresses of 6379 are not used: at most 32 in networks and as many on its node",
    );
  });

  it("are none of a project that PROJECTS does not name, and the reason says so", () => {
    const container = master.serving("6379").build();
    const question = { container, networkOwner: container, node: { ...node, projects: ["other"] } };
    const { endpoints, rejections } = endpointsOf(question);
    assert.deepEqual(endpoints, []);
    assert.deepEqual(
      rejections.map(({ code, severity, reason }) => [code, severity, reason]),
      [
        [
          "project-not-allowed",
          "refused",
          "containers of project shop are not routed on this node: PROJECTS of its registrar does not name it",
        ],
      ],
    );
  });
});
