import assert from "node:assert/strict";
import { endpointsOf } from "../../src/endpoints/endpoints-of.ts";
import { aContainer, type ContainerBuilder } from "../a-container.ts";

const node = { name: "node-1", address: "198.18.0.11", isRootless: false, projects: ["*"] };

function addressesAtNode(builder: ContainerBuilder): readonly string[] {
  const container = builder.build();
  const { endpoints } = endpointsOf({ container, networkOwner: container, node });
  const addresses = endpoints.flatMap(({ record }) => record.addresses);
  return addresses.flatMap((each) =>
    each.via === "node" ? [`${each.ip}:${each.port} ${JSON.stringify(each.checkPorts ?? {})}`] : [],
  );
}

describe("an address at the node", () => {
  const web = aContainer().on("bridge", "172.17.0.3").serving("80").published(80, 32_768);
  const probed = web.label("aliyun.probe.url", "http://container:8080/up");

  for (const [title, builder, expected] of [
    ["without a check's port says nothing of others", web.published(8080, 32_769), "198.18.0.11:32768 {}"],
    ["says where a probe's port is published", probed.published(8080, 32_769), '198.18.0.11:32768 {"8080":32769}'],
    ["says nothing of a port that is not published", probed, "198.18.0.11:32768 {}"],
    [
      "says nothing of one that is published elsewhere",
      probed.published(8080, 32_769, "198.18.0.12"),
      "198.18.0.11:32768 {}",
    ],
    [
      "says it of HEALTH_CHECK's too",
      web.published(81, 32_770).label("aliyun.proxy.HEALTH_CHECK", "check port 81"),
      '198.18.0.11:32768 {"81":32770}',
    ],
    ["of the host's network has every port as it is", probed.inMode({ kind: "host" }), '198.18.0.11:80 {"8080":8080}'],
  ] as const) {
    it(title, () => assert.deepEqual(addressesAtNode(builder), [expected]));
  }
});
