import assert from "node:assert/strict";
import { frontOf, nameOfFront, type Front } from "@fairway/contract";
import {
  findServer,
  isSpareFront,
  sectionName,
  spareKind,
  sparesOf,
  type Configuration,
  type Listener,
  type ListenerSettings,
  type Server,
  type ServerState,
  type WorkerReading,
} from "@fairway/haproxy";
import { adopted, applyCommands, bringTo, observe, observedAs, recognised, type Observed } from "../../src/observed.ts";
import { startedWith } from "../../src/observed-names.ts";
import { applyNames, assignedSpares, placeNames } from "../../src/reconcile/plan-names.ts";
import { planReconcile } from "../../src/reconcile/plan.ts";
import { sentenceOf } from "../../src/reconcile/reload-reason.ts";

const port = 5432;
const sections = { global: [], defaults: [], stats: [] };
const own = { services: [], settings: [] };
const plain = [{ text: "timeout tunnel 1h", from: own }];

type Asked = { readonly settings?: Partial<ListenerSettings>; readonly isOpened?: boolean };

/** One server of a name: it is called as its name. */
function serverOf(name: string): Server {
  return { name: `${name}.server`, ip: "192.0.2.1", port: 1, admin: "ready", options: [], endpoint: `e ${name}` };
}

/** A port with these names, each with one server. */
function desiredOf(asked: Readonly<Record<string, Asked>>): Configuration {
  const names = Object.entries(asked).map(([name, { settings, isOpened = true }]): Listener => ({
    port,
    name,
    ssl: isOpened,
    services: [],
    settings: { addresses: [], bind: [], lines: plain, ...settings },
    servers: [serverOf(name)],
  }));
  const frontend: Listener = {
    port,
    ssl: names.some(({ ssl }) => ssl),
    services: [],
    settings: { addresses: ["0.0.0.0"], bind: [] },
    servers: [],
    names: {
      routes: names.map(({ name = "", ssl }) => ({ name, isOpened: ssl })),
      tls: [],
      certificates: [],
      plain,
      kept: [],
    },
  };
  return { sections, listeners: [frontend, ...names] };
}

/** What is planned, and what runs once that was carried out. */
function reconcile(observed: Observed, wanted: Configuration) {
  const { observed: placed, desired } = placeNames(observed, wanted);
  const plan = planReconcile(placed, desired);
  const { reasons, commands, names, listeners } = plan;
  const now =
    reasons.length > 0 ? observed : bringTo(applyNames(applyCommands(placed, commands), names), sections, listeners);
  return { plan, now };
}

/** Reasons for a reload, else commands and files, in words. */
function said({ plan: { reasons, commands, names } }: ReturnType<typeof reconcile>): readonly string[] {
  if (reasons.length > 0) return reasons.map(sentenceOf);
  const done = commands.map((command) => `${command.do} ${nameOfFront(command.listener)}`);
  return [...done, ...names.map(({ file, entries }) => `${file}: ${entries.join(", ")}`)];
}

/** What a worker says of itself that runs just this. */
function reading(observed: Observed, description = ""): WorkerReading {
  const states = [...observed.listeners].flatMap(([listener, { servers }]) =>
    servers.map(({ name, ip, port: at, admin }): ServerState => {
      const base = { listener, name, ip, port: at, isInMaintenance: admin === "maint", isDrained: false };
      return { ...base, weight: 1, isUp: true, unchangedS: 0 };
    }),
  );
  return { info: { pid: 1, description }, servers: states, names: observed.names };
}

const one = desiredOf({ "a.example.com": {} });
const two = desiredOf({ "a.example.com": {}, "b.example.com": {} });
const kind = spareKind({ addresses: [], bind: [], lines: plain }) ?? "";
const spare = `spare:${kind}.1`;
const frontOfB = frontOf({ port, name: "b.example.com" });
const started = observedAs(one, "");
const withB = reconcile(started, two).now;

describe("a new name on a port", () => {
  it("takes a spare backend, its servers before what leads to them, and no reload", () => {
    assert.deepEqual(said(reconcile(started, two)), [
      "add b.example.com",
      `names: a.example.com port_5432.a.example.com, b.example.com ${spare}`,
    ]);
    assert.deepEqual([...assignedSpares(withB)], [[frontOfB, spare]]);
  });

  it("stands on disk as in haproxy.cfg, with a section of its own", () => {
    assert.deepEqual(reconcile(started, two).plan.names[0]?.onDisk, [
      "a.example.com port_5432.a.example.com",
      "b.example.com port_5432.b.example.com",
    ]);
  });

  it("needs nothing more once it has one", () => assert.deepEqual(said(reconcile(withB, two)), []));

  it("has changes of its servers there", () => {
    const moved = { ...serverOf("b.example.com"), name: "other.server", ip: "192.0.2.2", endpoint: "other" };
    const listeners = two.listeners.map((each) => (frontOf(each) === frontOfB ? { ...each, servers: [moved] } : each));
    assert.deepEqual(said(reconcile(withB, { sections, listeners })), ["add b.example.com", "maint b.example.com"]);
  });

  const list = { kind: "allow", networks: ["192.0.2.0/24"], from: own } as const;
  for (const [title, asked, expected] of [
    [
      "takes a reload where it has a list of its own",
      { "a.example.com": {}, "b.example.com": { settings: { lists: [list] } } },
      ["listener 5432,b.example.com is new"],
    ],
    [
      "takes a reload where it asks for what no spare carries",
      { "a.example.com": {}, "b.example.com": { settings: { lines: [{ text: "balance leastconn", from: own }] } } },
      ["listener 5432,b.example.com is new"],
    ],
    [
      "takes a reload where it is passed through and all others are opened",
      { "a.example.com": {}, "b.example.com": { isOpened: false } },
      ["listener 5432 has other settings: names"],
    ],
  ] as const) {
    it(title, () => assert.deepEqual(said(reconcile(started, desiredOf(asked))), expected));
  }

  it("finds a spare of its own kind, as other names have it", () => {
    const settings = { lines: [{ text: "balance leastconn", from: own }] };
    const many = { "a.example.com": {}, "c.example.com": { settings } };
    const observed = observedAs(desiredOf(many), "");
    const result = reconcile(observed, desiredOf({ ...many, "d.example.com": { settings } }));
    const of = spareKind({ addresses: [], bind: [], ...settings });
    assert.deepEqual([...assignedSpares(result.now).values()], [`spare:${of}.1`]);
    assert.notEqual(of, kind);
  });

  it("waits for a reload when all spares are used, and others have theirs", () => {
    const count = sparesOf(one.listeners).length + 1;
    const asked = Object.fromEntries(Array.from({ length: count }, (_, at) => [`n${10 + at}.example.com`, {}]));
    const { plan } = reconcile(started, desiredOf({ "a.example.com": {}, ...asked }));
    assert.deepEqual(plan.reasons.map(sentenceOf), [`listener 5432,n${9 + count}.example.com is new`]);
    assert.equal(plan.names[0]?.entries.length, count);
    assert.equal(plan.commands.length, count - 1);
  });

  it("has a section of its own after the next reload, and its spare is free", () => {
    assert.equal(assignedSpares(observedAs(two, "")).size, 0);
    assert.ok(observedAs(two, "").names.sections.has(sectionName(frontOfB)));
  });
});

describe("a name that leaves its spare backend", () => {
  const left = reconcile(withB, one);

  it("is found no more, and its servers go", () => {
    assert.deepEqual(said(left), [`maint ${spare}`, "names: a.example.com port_5432.a.example.com"]);
  });

  it("leaves it to nobody until they are gone", () => {
    const three = desiredOf({ "a.example.com": {}, "c.example.com": {} });
    assert.deepEqual([...assignedSpares(reconcile(left.now, three).now).values()], [`spare:${kind}.2`]);
    const front = [...left.now.listeners.keys()].find(isSpareFront) as Front;
    const gone = applyCommands(left.now, [{ do: "delete", listener: front, name: "b.example.com.server" }]);
    assert.deepEqual([...assignedSpares(reconcile(gone, three).now).values()], [spare]);
  });

  it("leaves it to nobody while it leads there, though it has no server", () => {
    const gone = applyCommands(withB, [{ do: "delete", listener: frontOfB, name: "b.example.com.server" }]);
    const three = desiredOf({ "a.example.com": {}, "c.example.com": {} });
    assert.deepEqual([...assignedSpares(reconcile(gone, three).now).values()], [`spare:${kind}.2`]);
  });
});

describe("names of a HAProxy that another agent left", () => {
  const fingerprint = (each: Configuration) => each.listeners.map((listener) => frontOf(listener)).join(" ");
  const description = fingerprint(one);
  const found = adopted(reading(withB, description));

  it("are where its own files say", () => assert.deepEqual([...assignedSpares(found)], [[frontOfB, spare]]));

  it("are known again, with those in spare backends, and nothing is done", () => {
    const known = recognised(found, two, fingerprint);
    assert.ok(known);
    assert.deepEqual(said(reconcile(observe(known, reading(withB, description)), two)), []);
  });

  it("are known again where more came meanwhile, which have spare backends then", () => {
    const three = desiredOf({ "a.example.com": {}, "b.example.com": {}, "c.example.com": {} });
    const known = recognised(found, three, fingerprint);
    assert.ok(known);
    const result = reconcile(observe(known, reading(withB, description)), three);
    assert.deepEqual(said(result)[0], "add c.example.com");
    assert.deepEqual([...assignedSpares(result.now).values()], [spare, `spare:${kind}.2`]);
  });

  it("are not known again where one asks for what its spare does not carry", () => {
    const settings = { lines: [{ text: "balance leastconn", from: own }] };
    const other = desiredOf({ "a.example.com": {}, "b.example.com": { settings } });
    assert.equal(recognised(found, other, fingerprint), undefined);
  });

  it("leave servers that no name leads to, which go: it ended between the two", () => {
    const halfway: Observed = { ...withB, names: started.names };
    const states = reading(halfway).servers.map((each) =>
      each.listener === frontOfB ? { ...each, listener: `0,${spare}` as const } : each,
    );
    const seen = observe(started, { ...reading(started), servers: states });
    const result = reconcile(seen, two);
    assert.deepEqual(said(result).toSorted(), [
      "add b.example.com",
      `maint ${spare}`,
      `names: a.example.com port_5432.a.example.com, b.example.com spare:${kind}.2`,
    ]);
    assert.equal(
      findServer(result.now.listeners.get(`0,${spare}`)?.servers ?? [], "b.example.com.server")?.admin,
      "maint",
    );
  });

  it("were started with those alone that have sections of their own", () => {
    assert.deepEqual(startedWith(two, withB.names).listeners.map(frontOf), one.listeners.map(frontOf));
  });
});
