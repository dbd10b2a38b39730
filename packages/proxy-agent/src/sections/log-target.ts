import { isIP } from "node:net";

/** The host name that a `log` line needs resolved; undefined when it is no such line or names no host. */
export function logHost(line: string): string | undefined {
  const target = /^log\s+(\S+)/.exec(line)?.[1];
  return target === undefined ? undefined : hostOf(target);
}

/** The host name in a log target such as `rsyslog`, `udp@rsyslog:514`, `127.0.0.1` or `/dev/log`. */
export function hostOf(target: string): string | undefined {
  const address = target.replace(/^(udp|tcp|ipv4|ipv6|udp4|udp6|tcp4|tcp6|quic4|quic6)@/, "");
  if (/^(global|stdout|stderr)$|^\/|[@"'$\\[]/.test(address) || isIP(address) !== 0) return undefined;
  const host = address.replace(/:[0-9]*$/, "");
  return host === "" || isIP(host) !== 0 ? undefined : host;
}
