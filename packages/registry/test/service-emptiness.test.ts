import assert from "node:assert/strict";
import { emptyThrough, noteEmptiness, type ServiceLook } from "../src/service-emptiness.ts";

const look = (key: string, endpoints: number, modRevision = 1n): ServiceLook => ({ key, endpoints, modRevision });

describe("since when a service is empty", () => {
  const rows: readonly { name: string; looks: readonly ServiceLook[]; due: readonly string[] }[] = [
    { name: "counts from the first look", looks: [look("a", 0), look("a", 0), look("a", 0)], due: ["a"] },
    { name: "starts anew after an endpoint", looks: [look("a", 0), look("a", 1), look("a", 0)], due: [] },
    { name: "starts anew with a new record", looks: [look("a", 0), look("a", 0), look("a", 0, 9n)], due: [] },
    { name: "forgets a record that is gone", looks: [look("a", 0), look("b", 0), look("a", 0)], due: [] },
    { name: "leaves a service with endpoints alone", looks: [look("a", 1), look("a", 1), look("a", 1)], due: [] },
  ];
  for (const { name, looks, due } of rows) {
    it(name, () => {
      let since: ReturnType<typeof noteEmptiness> = new Map();
      for (const [hour, each] of looks.entries()) since = noteEmptiness(since, [each], hour * 12);
      assert.deepEqual(
        emptyThrough(since, 24, 24).map(({ key }) => key),
        due,
      );
      assert.deepEqual(emptyThrough(since, 25, 24), []);
    });
  }
});
