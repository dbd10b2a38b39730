import { openRegistry, type RegistryClient } from "@fairway/registry";
import { soleMember, startEtcd } from "../../../../registry/test/real/etcd.ts";
import type { Given } from "../../given.ts";
import { echoServer, type EchoServer } from "./echo-server.ts";

/** An etcd, and servers for agents to lead to, by name. */
export type RegistryStage = {
  readonly client: RegistryClient;
  /** The settings of an agent that subscribes to it. */
  readonly env: { readonly ETCD_ENDPOINTS: string };
  readonly echoes: readonly EchoServer[];
  readonly echo: (name: string) => EchoServer;
  readonly put: (records: Given) => Promise<unknown>;
  readonly remove: (...keys: readonly string[]) => Promise<unknown>;
  /** Takes out all records. */
  readonly clear: () => Promise<unknown>;
  readonly close: () => Promise<void>;
};

/** etcd takes 128 in one transaction. */
const mostPuts = 100;

export async function openRegistryStage(names: readonly string[]): Promise<RegistryStage> {
  const [etcd, echoes] = await Promise.all([startEtcd(), Promise.all(names.map(echoServer))]);
  const client = openRegistry({ endpoints: etcd.endpoints, prefix: "/fairway/v1" });
  return {
    client,
    env: { ETCD_ENDPOINTS: etcd.endpoints.join(",") },
    echoes,
    echo: (name) => {
      const found = echoes.find((each) => each.name === name);
      if (found === undefined) throw new Error(`no server is named ${name}`);
      return found;
    },
    // A record that was given twice is put as it was given last.
    put: async ({ stored }) => {
      const puts = [...new Map(stored.map(({ key, value }) => [key, { type: "put" as const, key, value }])).values()];
      for (let from = 0; from < puts.length; from += mostPuts) {
        await client.transact([], puts.slice(from, from + mostPuts));
      }
    },
    remove: (...keys) =>
      client.transact(
        [],
        keys.map((key) => ({ type: "delete", key })),
      ),
    clear: () => soleMember(etcd).ctl("del", "--prefix", "/fairway/v1/"),
    close: async () => {
      client.close();
      await Promise.all(echoes.map((echo) => echo.close()));
      await etcd.remove();
    },
  };
}
