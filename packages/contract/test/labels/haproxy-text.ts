import fc from "fast-check";
import { anyText } from "../any-text.ts";

/** A time in HAProxy's words, or what looks like one. */
export const time: fc.Arbitrary<string> = fc.constantFrom(
  "100",
  "100ms",
  "2s",
  "1m",
  "24h",
  "99",
  "25h",
  "1us",
  "0",
  "99999999999",
);
/** A number, or what looks like one. */
export const number: fc.Arbitrary<string> = fc.constantFrom(
  "1",
  "2",
  "50",
  "256",
  "257",
  "1000",
  "65535",
  "65536",
  "0",
  "-1",
  "1e3",
  "0x10",
);

/** What a server's line may say. */
const allowed = fc.oneof(
  fc.constantFrom("backup", "check", "check-send-proxy", "send-proxy", "send-proxy-v2", "check observe layer4"),
  fc.constantFrom("on-error mark-down", "on-error fail-check", "on-marked-down shutdown-sessions"),
  fc.constantFrom("on-error sudden-death", "on-error fastinter", "on-marked-up shutdown-backup-sessions"),
  fc.tuple(fc.constantFrom("inter", "fastinter", "downinter"), time).map((words) => words.join(" ")),
  fc
    .tuple(fc.constantFrom("rise", "fall", "weight", "maxconn", "minconn", "maxqueue", "error-limit", "port"), number)
    .map((words) => words.join(" ")),
);

/** What it may not: paths, other directives, what HAProxy reads before it sees words. */
export const forbidden: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom("ca-file /etc/passwd", "crt /x.pem", "ssl verify none", "source 203.0.113.1", "track a/b"),
  fc.constantFrom("agent-check", "agent-send x", "cookie c", "init-addr none", "resolvers r", "observe layer7"),
  fc.constantFrom("\n", "\r", "\t", "\u0000", "#", '"', "'", "\\", "\\\n", "$HOME", '"${HOME}"', "%[env(HOME)]", ";"),
  fc.constantFrom("\n    tcp-request content lua.x", "\nglobal\n  user root", "set-var(proc.x) int(1)", "disabled"),
  anyText({ maxLength: 12 }),
);

/** Text for a server's line by somebody who knows HAProxy's words. */
export const haproxyText: fc.Arbitrary<string> = fc
  .array(fc.oneof({ weight: 9, arbitrary: allowed }, { weight: 1, arbitrary: forbidden }), { maxLength: 6 })
  .map((parts) => parts.join(" "));
