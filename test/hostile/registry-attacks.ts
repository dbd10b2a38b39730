import type { Lab } from "../lab/index.ts";
import type { Random } from "../random.ts";
import { type Attack, secret } from "./attack.ts";
import { databasePort } from "./database.ts";
import { strangers, type EtcdUsers } from "./etcd-users.ts";

const prefix = "/fairway/v1";
const node = "forged";
const id = "f".repeat(64);
const id12 = id.slice(0, 12);

type Address = Readonly<Record<string, unknown>>;

/** What somebody can try who has the etcd user of another project's registrar, and who has the addon's. */
export function registryAttacks(
  { nodes }: Pick<Lab, "nodes">,
  { registrar, subscriber }: EtcdUsers,
  random: Random,
): readonly Attack[] {
  const put = (key: string, value: string): Promise<unknown> =>
    registrar.ctl("put", "--", `${prefix}/${key}`, value).catch(() => undefined);
  const endpoint = (addresses: readonly Address[], more: Readonly<Record<string, unknown>> = {}) =>
    put(`endpoints/${strangers}/${node}/6379/${node}/${id12}`, JSON.stringify({ ...record(addresses), ...more }));
  const attack = (name: string, act: () => Promise<unknown>): Attack => ({ name: `a forged record ${name}`, try: act });
  const own = nodes.map((each) => each.address);
  const addresses = ["127.0.0.1", "0.0.0.0", "::1", "::ffff:127.0.0.1", "169.254.169.254", "224.0.0.1", ...own];
  const leading = (ip: string, port: number): Address => ({ via: "node", ip, port });
  return [
    attack("leads proxies to themselves", () =>
      endpoint([leading(random.oneOf(addresses), databasePort)], { listen: [{ port: 22_300, ssl: false }] }),
    ),
    attack("leads proxies to their admin endpoints and to etcd", () =>
      endpoint([leading(random.oneOf(addresses), random.oneOf([7380, 7381, 1936, 2379]))]),
    ),
    attack("asks for the database's port", () =>
      endpoint([leading("198.18.255.254", 6379)], { listen: [{ port: databasePort, ssl: false }] }),
    ),
    attack("has 50,000 front ports", () =>
      endpoint([leading(own[0] ?? "", 6379)], {
        listen: Array.from({ length: 50_000 }, (_, n) => ({ port: 10_000 + n, ssl: false })),
      }),
    ),
    attack("has settings with lines and sections of their own", () =>
      endpoint([leading("198.18.255.254", 6379)], { settings: hostileSettings }),
    ),
    attack("is no JSON", () => put(`endpoints/${strangers}/x/1/${node}/${id12}`, `{"${secret}`)),
    attack("has a key of odd text", () =>
      put(
        `endpoints/${strangers}/%0a%0alisten%20x/6379/${node}/..%2f..%2f`,
        JSON.stringify(record([leading("127.0.0.1", 1)])),
      ),
    ),
    attack("takes the database's port of its own node for a container", () =>
      put(`hostports/n3/${id12}`, `{"v":1,"ports":[{"ip":"0.0.0.0","port":${databasePort}}]}`),
    ),
    attack("claims the database's port late", () =>
      put(`claims/*/${strangers}/${databasePort}`, '{"v":1,"claimedAt":"1970-01-01T00:00:00.000Z","by":"n1"}'),
    ),
    attack("says that its node is the database's machine", async () => {
      await put("nodes/n3", `{"v":1,"address":"${own[0]}","synced":true}`);
      await endpoint([leading(own[0] ?? "", databasePort)], { listen: [{ port: 22_302, ssl: false }] });
      await registrar.ctl("del", `${prefix}/nodes/n3`);
    }),
    attack("of another project, of another node or of a proxy is denied", async () => {
      for (const key of foreign) await registrar.tryInVain("put", "--", `${prefix}/${key}`, "{}");
      await registrar.tryInVain("del", "--prefix", `${prefix}/endpoints/`);
      await registrar.tryInVain("user", "list");
    }),
    attack("of who has the addon's user is denied, but for those of proxies", async () => {
      for (const key of [...foreign.slice(1), `endpoints/${strangers}/x/1/n3/${id12}`])
        await subscriber.tryInVain("put", "--", `${prefix}/${key}`, "{}");
      await subscriber.ctl("put", `${prefix}/proxies/n1/proxy`, random.oneOf(["{}", "x".repeat(100_000), '{"v":2}']));
      await subscriber.ctl("del", `${prefix}/proxies/n2/proxy`);
    }),
  ];
}

const foreign = [
  "proxies/n1/proxy",
  `endpoints/shop/db/6379/n1/${id12}`,
  "nodes/n1",
  `hostports/n1/${id12}`,
  `rejections/n1/${id12}`,
  `claims/*/shop/${databasePort}`,
];

const hostileSettings = {
  SHARE: "*",
  WEIGHT: "1 agent-check\nlisten x\n bind *:1",
  HEALTH_CHECK: "check port 22\nbackend y",
  EXTRA_ROUTE_SETTINGS: "track a/b\n\nglobal\n  stats socket /tmp/s level admin",
  BALANCE: 'roundrobin"\nfrontend z',
};

function record(addresses: readonly Address[]) {
  const at = new Date().toISOString();
  return {
    v: 1,
    state: "ready",
    addresses,
    listen: [{ port: 22_301, ssl: false }],
    claims: [],
    settings: { SHARE: "*" },
    container: { id, name: "forged", image: "forged", createdAt: at, startedAt: at },
    reportedAt: at,
  };
}
