import assert from "node:assert/strict";
import { bulkReason } from "../../src/apply/bulk.ts";
import type { ServerCommand } from "@fairway/haproxy";

describe("many additions at once", () => {
  const running = { sections: undefined, listeners: new Map() };
  const adds = (count: number, listeners: number): readonly ServerCommand[] => {
    return Array.from({ length: count }, (_, index) => {
      const server = { name: `s${index}`, ip: "::1", port: 2, admin: "ready", options: [], endpoint: "" } as const;
      return { do: "add", listener: 1 + (index % listeners), server };
    });
  };
  const rows: readonly (readonly [number, number, boolean])[] = [
    [1, 1, false],
    [2000, 1, false],
    [10_000, 1, true],
    [10_000, 200, false],
    [50_000, 200, true],
  ];

  for (const [count, listeners, isBulk] of rows) {
    it(`${count} over ${listeners} listeners ${isBulk ? "reload" : "are runtime commands"}`, () => {
      assert.equal(bulkReason(running, adds(count, listeners)) !== undefined, isBulk);
    });
  }

  it("never reload for servers that leave", () => {
    const maint = Array.from(
      { length: 20_000 },
      (_, index) => ({ do: "maint", listener: 1, name: `s${index}` }) as const,
    );
    assert.equal(bulkReason(running, maint), undefined);
  });
});
