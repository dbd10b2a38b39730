import fc from "fast-check";
import { forbidden, number, time } from "./haproxy-text.ts";

const words = (...parts: readonly fc.Arbitrary<string>[]) => fc.tuple(...parts).map((all) => all.join(" "));
const timeout = fc.constantFrom("client", "server", "connect", "queue", "tunnel", "check", "client-fin", "server-fin");

/** What a listener's section may say. */
const allowed = fc.oneof(
  words(
    fc.constant("balance"),
    fc.constantFrom("roundrobin", "leastconn", "source", "first", "random", "random(2)", "uri"),
  ),
  words(fc.constant("timeout"), timeout, time),
  fc.constantFrom("option tcplog", "option dontlognull", "option tcpka", "option redispatch", "option logasap"),
  fc.constantFrom("option nolinger", "option abortonclose", "option socket-stats", "option independent-streams"),
  fc.constantFrom("option tcp-smart-accept", "option tcp-smart-connect", "option dontlog-normal", "option allbackups"),
  fc.constantFrom("option clitcpka", "option srvtcpka", "option log-separate-errors", "option tcp-check"),
  fc.constantFrom("option redis-check", "option ldap-check", "option ssl-hello-chk", "option smtpchk HELO a.example"),
  fc.constantFrom("option mysql-check", "option mysql-check user ha post-41", "option pgsql-check user ha"),
  words(fc.constantFrom("option redispatch", "maxconn", "fullconn", "backlog", "retries"), number),
  words(fc.constant("rate-limit sessions"), number),
  words(fc.constantFrom("stick-table type ip size", "stick-table type ipv6 size"), number, fc.constant("expire"), time),
  fc.constantFrom("stick on src", "hash-type consistent"),
);

/** What it may not, beside what a server's line may not. */
const more = fc.constantFrom(
  "bind :22",
  "mode http",
  "server evil 203.0.113.1:1",
  "errorfile 503 /etc/passwd",
  "option external-check",
  "external-check command /bin/sh",
  "log 203.0.113.1 local0",
  "use-server a if TRUE",
  "tcp-request content lua.x",
  "default-server init-addr none",
  "email-alert to a@example.com",
  "unique-id-format %[env(HOME)]",
  "dynamic-cookie-key secret",
  "balance hdr(host)",
  "option mysql-check user $HOME",
  "option pgsql-check user a\\ b",
  "acl all src -f /etc/passwd",
);

/** A line for a listener's section by somebody who knows HAProxy's words. */
export const listenerText: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: allowed },
  { weight: 1, arbitrary: more },
  { weight: 1, arbitrary: words(allowed, forbidden) },
  { weight: 1, arbitrary: words(fc.constantFrom("option", "timeout", "balance"), forbidden) },
);
