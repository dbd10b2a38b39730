import assert from "node:assert/strict";
import { Bindable } from "../../src/binding/bindable.ts";
import { TakenPorts } from "../../src/binding/taken-ports.ts";
import { desiredOf } from "../facts.ts";
import { given } from "../given.ts";

describe("a listener that cannot be bound", () => {
  it("is told of once, and again when it was not asked for in between", async () => {
    const told: unknown[] = [];
    const log = { warn: ({ code }: { readonly code: string }) => void told.push(code) };
    const options = { hostPortsAt: () => [], ageOf: () => undefined, taken: new TakenPorts() };
    const bindable = new Bindable({ ...options, log: log as never });
    const [asked, nothing] = [desiredOf(given().service("shop", "db").endpoint()), desiredOf(given())];
    const facts = { observed: undefined, own: [], room: 0 };
    for (const desired of [asked, asked, nothing, asked]) await bindable.admit(desired, facts);
    assert.deepEqual(told, ["too-many-listeners", "too-many-listeners"]);
  });
});
