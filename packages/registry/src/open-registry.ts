import type { RegistryAccess } from "./access.ts";
import { connect } from "./etcd/connect.ts";
import { createKeyspace } from "./etcd/keyspace.ts";
import { leaseMethods } from "./etcd/leases.ts";
import { count, get, list, page, wasWritten } from "./etcd/read.ts";
import { transact } from "./etcd/transaction.ts";
import { openWatch } from "./etcd/watch-stream.ts";
import type { RegistryClient } from "./registry-client.ts";

/** A client of the registry. Connects when first asked, so it never fails because etcd is away; throws on unusable certificates. */
export function openRegistry(access: RegistryAccess): RegistryClient {
  const etcd = connect(access);
  const keyspace = createKeyspace(access.prefix);
  const openWatches = new Set<() => void>();
  return {
    ...leaseMethods(etcd, keyspace),
    list: (selectors) => list(etcd, keyspace, selectors),
    page: (prefix, from) => page(etcd, keyspace, { prefix, ...from }),
    get: (keys) => get(etcd, keyspace, keys),
    wasWritten: (key, revision) => wasWritten(etcd, keyspace, { key, revision }),
    count: (prefixes) => count(etcd, keyspace, prefixes),
    transact: (compares, operations) => transact(etcd, keyspace, compares, operations),
    watch: (selectors, fromRevision, handlers) => {
      const onEnd = (reason: string) => {
        openWatches.delete(end);
        handlers.onEnd(reason);
      };
      const request = { selectors, fromRevision, members: access.endpoints.length };
      const stop = openWatch(etcd, keyspace, request, { ...handlers, onEnd });
      const end = () => {
        openWatches.delete(end);
        stop();
      };
      openWatches.add(end);
      return end;
    },
    close: () => {
      for (const end of openWatches) end();
      etcd.close();
    },
  };
}
