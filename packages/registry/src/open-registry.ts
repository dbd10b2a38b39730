import type { RegistryAccess } from "./access.ts";
import { connect } from "./etcd/connect.ts";
import { createKeyspace, type Keyspace } from "./etcd/keyspace.ts";
import { leaseMethods, type CallEtcd } from "./etcd/leases.ts";
import { count, get, list, page, survey, wasWritten } from "./etcd/read.ts";
import { transact } from "./etcd/transaction.ts";
import { WatchStream } from "./etcd/watch-stream.ts";
import type { RegistryClient } from "./registry-client.ts";

type Asked = Omit<RegistryClient, "watch" | "close">;

/** A client of the registry whose credentials can be renewed. */
export type OpenRegistry = RegistryClient & {
  /** What new connections are made with. */
  readonly access: RegistryAccess;
  /**
   * Makes what begins from now on with other credentials; what is under way, watches too, goes on with the former ones.
   * Throws, and changes nothing, on unusable certificates.
   */
  readonly renew: (access: RegistryAccess) => void;
};

/** A client of the registry. Connects when first asked, so it never fails because etcd is away; throws on unusable certificates. */
export function openRegistry(first: RegistryAccess): OpenRegistry {
  let [access, connection] = [first, connect(first)];
  const keyspace = createKeyspace(access.prefix);
  const openWatches = new Set<() => void>();
  return {
    ...methodsBy(keyspace, (call) => connection.run(call)),
    get access() {
      return access;
    },
    watch: (selectors, fromRevision, handlers) => {
      const release = connection.hold();
      const onOver = () => void (openWatches.delete(end) && release());
      const onEnd = (reason: string) => {
        onOver();
        handlers.onEnd(reason);
      };
      const request = { selectors, fromRevision, members: access.endpoints.length };
      const stream = new WatchStream(connection, keyspace, request, { ...handlers, onEnd });
      const end = () => {
        stream.stop();
        onOver();
      };
      openWatches.add(end);
      return end;
    },
    renew: (renewed) => {
      const former = connection;
      connection = connect(renewed);
      access = renewed;
      former.retire();
    },
    close: () => {
      for (const end of openWatches) end();
      connection.etcd.close();
    },
  };
}

function methodsBy(keyspace: Keyspace, run: CallEtcd): Asked {
  return {
    ...leaseMethods(run, keyspace),
    list: (selectors) => run((etcd) => list(etcd, keyspace, selectors)),
    page: (prefix, from) => run((etcd) => page(etcd, keyspace, { prefix, ...from })),
    survey: (spans, at) => run((etcd) => survey(etcd, keyspace, { spans, ...at })),
    get: (keys, revision) => run((etcd) => get(etcd, keyspace, { keys, revision })),
    wasWritten: (seen) => run((etcd) => wasWritten(etcd, keyspace, seen)),
    count: (prefixes) => run((etcd) => count(etcd, keyspace, prefixes)),
    version: () => run(async (etcd) => (await etcd.maintenance.status()).version),
    transact: (compares, operations) => run((etcd) => transact(etcd, keyspace, compares, operations)),
  };
}
