import {
  decode,
  endpointRecordSchema,
  endpointsPrefix,
  rejectionsPrefix,
  rejectionsRecordSchema,
  type EndpointRecord,
  type Rejection,
} from "@fairway/contract";
import { openRegistry } from "@fairway/registry";
import type { Lab } from "../../../../test/lab/index.ts";

/** What the registry told, as a test wants to see it. */
export type Seen = {
  /** Every state that endpoints of a service had, in order; `gone` for a delete. */
  readonly statesOf: (service: string) => readonly string[];
  /** The last of them. */
  readonly stateOf: (service: string) => string | undefined;
  /** Forgets what it was told so far. */
  readonly forget: () => void;
  /** The leases of every put, and how many deletes there were. */
  readonly leases: () => readonly (string | undefined)[];
  readonly deletes: () => number;
  /** The records of a service's endpoints now. */
  readonly endpoints: (service: string) => Promise<readonly EndpointRecord[]>;
  /** What is refused of a service's containers now. */
  readonly rejections: (service: string) => Promise<readonly Rejection[]>;
  readonly get: (key: string) => Promise<{ readonly value: string; readonly lease: string | undefined } | undefined>;
  readonly close: () => void;
};

type Told = { readonly key: string; readonly state: string; readonly lease: string | undefined };

/** Watches a lab's registry from its first revision on. */
export function watchRegistry(lab: Pick<Lab, "etcd">): Seen {
  const client = openRegistry({ endpoints: lab.etcd.endpoints.split(","), prefix: "/fairway/v1" });
  const told: Told[] = [];
  client.watch([{ prefix: endpointsPrefix }], 1n, {
    onOpen: () => undefined,
    onEnd: (reason) => told.push({ key: "", state: reason, lease: undefined }),
    onChanges: (_, changes) => {
      for (const change of changes) {
        if (change.type === "delete") told.push({ key: change.key, state: "gone", lease: undefined });
        else told.push({ key: change.stored.key, state: stateIn(change.stored.value), lease: change.stored.lease });
      }
    },
  });
  const statesOf = (service: string) => {
    return told.filter(({ key }) => key.includes(`/${service}/`)).map(({ state }) => state);
  };
  return {
    statesOf,
    stateOf: (service) => statesOf(service).at(-1),
    forget: () => void told.splice(0),
    leases: () => told.filter(({ state }) => state !== "gone").map(({ lease }) => lease),
    deletes: () => told.filter(({ state }) => state === "gone").length,
    endpoints: async (service) => {
      const { stored } = await client.list([{ prefix: endpointsPrefix }]);
      return stored.filter(({ key }) => key.includes(`/${service}/`)).map(({ value }) => endpoint(value));
    },
    rejections: async (service) => {
      const { stored } = await client.list([{ prefix: rejectionsPrefix }]);
      const records = stored.map(({ value }) => decode(rejectionsRecordSchema, value));
      return records.flatMap((each) => (each.ok && each.record.service === service ? each.record.rejections : []));
    },
    get: async (key) => (await client.get([key])).stored[0],
    close: client.close,
  };
}

function endpoint(value: string): EndpointRecord {
  const decoded = decode(endpointRecordSchema, value);
  if (!decoded.ok) throw new Error(decoded.reason);
  return decoded.record;
}

function stateIn(value: string): string {
  return endpoint(value).state;
}
