import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { openRegistry, type Change } from "@fairway/registry";

type Call = { readonly on: (event: "data", listener: () => void) => void; readonly write: (answer: object) => void };
type Server = {
  readonly addService: (service: object, methods: { readonly Watch: (call: Call) => void }) => void;
  readonly bindAsync: (at: string, credentials: object, done: (error: Error | null, port: number) => void) => void;
  readonly forceShutdown: () => void;
};
type Grpc = {
  readonly Server: new () => Server;
  readonly ServerCredentials: { readonly createInsecure: () => object };
  readonly loadPackageDefinition: (definition: object) => {
    readonly etcdserverpb: { readonly Watch: { readonly service: object } };
  };
};

const etcd3 = createRequire(import.meta.url).resolve("etcd3");
const require = createRequire(etcd3);
const grpc = require("@grpc/grpc-js") as Grpc;
const { loadSync } = require("@grpc/proto-loader") as { readonly loadSync: (file: string, options: object) => object };
const proto = join(dirname(etcd3), "../proto/rpc.proto");

/** What etcd does only by a race, on the wire as it would be: a member that answers a watch with these events. */
async function startMember(events: readonly object[]) {
  const server = new grpc.Server();
  const { etcdserverpb } = grpc.loadPackageDefinition(loadSync(proto, { keepCase: true, longs: String }));
  const header = { revision: "105" };
  server.addService(etcdserverpb.Watch.service, {
    Watch: (call) => {
      call.on("data", () => {
        call.write({ header, created: true });
        call.write({ header, events });
      });
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  return { endpoint: `http://127.0.0.1:${port}`, stop: () => server.forceShutdown() };
}

function put(name: string, modRevision: number): object {
  const key = Buffer.from(`/fairway/v1/endpoints/${name}`);
  const value = Buffer.from("1");
  return { type: "PUT", kv: { key, value, create_revision: "1", mod_revision: String(modRevision) } };
}

describe("a member of etcd that lags behind", () => {
  it("revives nothing by events that are older than those that a watch asked for", async () => {
    const member = await startMember([put("gone", 99), put("new", 100)]);
    const client = openRegistry({ endpoints: [member.endpoint], prefix: "/fairway/v1" });
    const changes = await new Promise<readonly Change[]>((onChanges, onEnd) => {
      client.watch([{ prefix: "endpoints/" }], 100n, {
        onOpen: () => undefined,
        onChanges: (_revision, told) => onChanges(told),
        onEnd: (reason) => onEnd(new Error(reason)),
      });
    });
    client.close();
    member.stop();
    assert.deepEqual(
      changes.map((change) => change.type === "put" && change.stored.key),
      ["endpoints/new"],
    );
  });
});
