import assert from "node:assert/strict";
import { answerKind, answerText, type AnswerKind } from "../src/runtime/answers.ts";

describe("answers of HAProxy", () => {
  const rows: readonly (readonly [string, AnswerKind])[] = [
    ["", "done"],
    ["\n", "done"],
    ["New server registered.\n", "done"],
    ["Server deleted.", "done"],
    ["Already exists a server with the same name in backend.\n", "exists"],
    ["No such server.\n", "missing"],
    ["No such backend.", "missing"],
    ["Server still has connections attached to it, cannot remove it.", "busy"],
    ["Only servers in maintenance mode can be deleted.", "not-in-maintenance"],
    ["Proxy is disabled.\n", "old-worker"],
    ["'tcp-ut' option is not accepted for dynamic server\n", "refused"],
    ["Backend must use a dynamic load balancing algorithm to support dynamic servers.", "refused"],
    ["Backend is using a static LB algorithm and only accepts weights '0%' and '100%'.\n", "refused"],
    ["unknown keyword 'zork'.\n", "refused"],
    ["Unknown command, but maybe one of the following ones is a better match:\n  add acl", "refused"],
    ["Permission denied\n", "refused"],
    ["something that no HAProxy has said yet", "refused"],
  ];

  for (const [answer, kind] of rows) {
    it(`takes ${JSON.stringify(answerText(answer))} for ${kind}`, () => assert.equal(answerKind(answer), kind));
  }
});
