import { composeLabels, namedRedis, proxyLabels } from "../lab/index.ts";
import type { ContainerFacts, LabNode } from "../lab/index.ts";
import type { Random } from "../random.ts";
import { secret, Squat, type Attack } from "./attack.ts";
import { databasePort } from "./database.ts";

const required = { "aliyun.proxy.required": "true" };
const stranger = namedRedis("stranger");
const bridgeGateway = "198.19.0.1";

/** Ports of programs on a node, and of etcd. */
const portsOfPrograms = "22, 1936, 2375-2376, 2379, 2380, 7379, 7380, 7381";

/**
 * What the owner of containers on a node can try, one container at a time for each kind. Publishing the database's port is
 * not among it: Docker leads the port's packets to the new container for the moment until it finds the port taken, whoever
 * has it; `docs/security.md` says so.
 */
export function containerAttacks(node: LabNode, random: Random): readonly Attack[] {
  const attack = (name: string, facts: () => ContainerFacts): Attack => {
    const squat = new Squat(node);
    return { name: `a container on ${node.name} ${name}`, try: () => squat.run({ command: stranger, ...facts() }) };
  };
  const evil = composeLabels("evil", "db");
  const wants = (ports: string, more: Readonly<Record<string, string>> = {}) => ({
    labels: { ...evil, ...proxyLabels(ports), ...more },
  });
  const randomText = (length: number) => {
    const letters = Array.from("\n\t \"'\\%#;[]{}$`|<>&=ä\u{1f600}\u202eaA0-_./:,");
    return Array.from({ length }, () => random.oneOf(letters)).join("");
  };
  return [
    attack("asks for the database's port", () => wants(`${databasePort}:6379`)),
    attack("asks for it and shares it", () => ({
      ...wants(`${databasePort}:6379`, { "aliyun.proxy.SHARE": "*" }),
      publish: ["6379"],
    })),
    attack("publishes on its bridge's gateway", () => ({
      ...wants("7004:6379"),
      publish: [`${bridgeGateway}:7004:6379`],
    })),
    attack("asks for the ports of programs", () => wants(portsOfPrograms.replaceAll("2375-2376", "2375, 2376"))),
    attack("asks for 1,024 ports", () => wants(Array.from({ length: 1024 }, (_, n) => `${20_000 + n}:6379`).join(","))),
    attack("asks for other 256 ports", () => {
      const first = 21_100 + 256 * random.below(16);
      return wants(Array.from({ length: 256 }, (_, n) => `${first + n}:6379`).join(","));
    }),
    attack("is in the host's network", () => ({
      ...wants(`${databasePort}`),
      network: "host",
      command: [...stranger, "--port", `${databasePort}`],
    })),
    attack("dies again and again", () => ({
      ...wants(`${22_000 + random.below(20)}:6379`),
      command: ["false"],
      options: ["--restart", "always"],
    })),
    attack("is unhealthy every other time", () => ({
      ...wants("22100:6379"),
      options: ["--health-interval", "100ms", "--health-retries", "1", "--health-cmd", "test $(($(date +%s) % 2)) = 0"],
    })),
    attack("has a secret in labels that are refused", () => ({
      labels: {
        ...evil,
        ...proxyLabels("22400:6379"),
        "aliyun.proxy.SSL_CERT": `-----BEGIN EC PRIVATE KEY-----\\n${secret}`,
        "aliyun.proxy.HTTP_BASIC_AUTH": `admin:${secret}`,
        "aliyun.proxy.DEFAULT_SSL_CERT": `${secret}\n${secret}`,
      },
    })),
    attack("has labels of random text", () => ({
      labels: {
        ...composeLabels(`evil${randomText(12)}`, randomText(20)),
        ...required,
        "aliyun.proxy.TCP_PORTS": randomText(60),
        "aliyun.proxy.EXCLUDE_PORTS": randomText(10),
        "aliyun.proxy.SHARE": randomText(30),
        [`aliyun.proxy.${randomText(8).replaceAll("=", "")}`]: randomText(40),
      },
    })),
    attack("has names of thousands of characters", () => ({
      name: `evil-${"n".repeat(3000)}`,
      labels: { ...composeLabels("p".repeat(5000), "s".repeat(5000)), ...proxyLabels("22200:6379") },
    })),
    attack("has a label of 100 KB", () => wants("9,".repeat(50_000))),
    attack("calls itself a proxy and asks the addon for ever", () => ({
      labels: { ...evil, "aliyun.custom_addon": "proxy" },
      command: ["sh", "-c", askForEver],
    })),
  ];
}

/** Keeps 64 silent connections open and asks as often as it can. */
const askForEver = [
  `i=0; while [ $i -lt 64 ]; do sleep 60 | socat - TCP:${bridgeGateway}:7379 >/dev/null 2>&1 & i=$((i+1)); done`,
  `while :; do printf 'GET /v1/subscription HTTP/1.0\\r\\n\\r\\n' | socat -T 1 - TCP:${bridgeGateway}:7379 >/dev/null 2>&1; done`,
].join("\n");
