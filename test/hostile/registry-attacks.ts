import type { Lab } from "../lab/index.ts";
import type { Random } from "../random.ts";
import { type Attack, secret } from "./attack.ts";
import { databasePort } from "./database.ts";

const prefix = "/fairway/v1";
const node = "forged";
const id = "f".repeat(64);

type Address = Readonly<Record<string, unknown>>;

/** What somebody can try who may write records of a node and a project of his own, and no others. */
export function registryAttacks({ etcd, nodes }: Pick<Lab, "etcd" | "nodes">, random: Random): readonly Attack[] {
  const put = (key: string, value: string): Promise<unknown> =>
    etcd.ctl("put", "--", `${prefix}/${key}`, value).catch(() => undefined);
  const endpoint = (addresses: readonly Address[], more: Readonly<Record<string, unknown>> = {}) =>
    put(`endpoints/evil/${node}/6379/${node}/${id.slice(0, 12)}`, JSON.stringify({ ...record(addresses), ...more }));
  const attack = (name: string, act: () => Promise<unknown>): Attack => ({ name: `a forged record ${name}`, try: act });
  const own = nodes.map((each) => each.address);
  const addresses = ["127.0.0.1", "0.0.0.0", "::1", "::ffff:127.0.0.1", "169.254.169.254", "224.0.0.1", ...own];
  const leading = (ip: string, port: number): Address => ({ via: "node", ip, port });
  return [
    attack("leads proxies to themselves", () =>
      endpoint([leading(random.oneOf(addresses), databasePort)], { listen: [{ port: 22_300, ssl: false }] }),
    ),
    attack("asks for the database's port", () =>
      endpoint([leading("198.18.255.254", 6379)], { listen: [{ port: databasePort, ssl: false }] }),
    ),
    attack("has 50,000 front ports", () =>
      endpoint([leading(own[0] ?? "", 6379)], {
        listen: Array.from({ length: 50_000 }, (_, n) => ({ port: 10_000 + n, ssl: false })),
      }),
    ),
    attack("is of a node that nobody knows", () => put(`nodes/${node}`, '{"v":1,"address":"127.0.0.1","synced":true}')),
    attack("is no JSON", () => put(`endpoints/evil/x/1/${node}/${id.slice(0, 12)}`, `{"${secret}`)),
    attack("has a key of odd text", () =>
      put(`endpoints/evil/%0a%0alisten%20x/6379/${node}/..%2f..%2f`, JSON.stringify(record([leading("127.0.0.1", 1)]))),
    ),
    attack("takes host ports of another node in vain", () =>
      put(`hostports/${node}/${id.slice(0, 12)}`, `{"v":1,"ports":[{"ip":"0.0.0.0","port":${databasePort}}]}`),
    ),
    attack("claims the database's port late", () =>
      put(`claims/*/evil/${databasePort}`, '{"v":1,"claimedAt":"1970-01-01T00:00:00.000Z","by":"n1"}'),
    ),
  ];
}

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
