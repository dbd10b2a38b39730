import type { LabEtcd } from "../../test/lab/index.ts";

/** What etcd itself counts, since its start. */
export type EtcdCounters = {
  readonly transactions: number;
  readonly keepalives: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** Of the processor, in seconds. */
  readonly processorSeconds: number;
  /** Resident now. */
  readonly memoryBytes: number;
  /** Of its database file now. */
  readonly databaseBytes: number;
};

const names = {
  transactions:
    'grpc_server_handled_total{grpc_code="OK",grpc_method="Txn",grpc_service="etcdserverpb.KV",grpc_type="unary"}',
  keepalives:
    'grpc_server_msg_received_total{grpc_method="LeaseKeepAlive",grpc_service="etcdserverpb.Lease",grpc_type="bidi_stream"}',
  receivedBytes: "etcd_network_client_grpc_received_bytes_total",
  sentBytes: "etcd_network_client_grpc_sent_bytes_total",
  processorSeconds: "process_cpu_seconds_total",
  memoryBytes: "process_resident_memory_bytes",
  databaseBytes: "etcd_mvcc_db_total_size_in_bytes",
} as const;

/** Asks the first member. */
export async function etcdCounters({ members }: LabEtcd): Promise<EtcdCounters> {
  const response = await fetch(`${members[0]?.clientUrl ?? ""}/metrics`, { signal: AbortSignal.timeout(10_000) });
  const lines = (await response.text()).split("\n");
  const value = (name: string) => Number(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length) ?? 0);
  const entries = Object.entries(names).map(([name, metric]) => [name, value(metric)] as const);
  return Object.fromEntries(entries) as unknown as EtcdCounters;
}
