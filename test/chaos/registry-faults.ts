import { join } from "node:path";
import type { Lab } from "../lab/index.ts";
import type { Fault } from "./fault.ts";

/** Everything that becomes of a registry: one thing at a time. */
export function registryFaults({ etcd, directory }: Pick<Lab, "etcd" | "directory">): readonly Fault[] {
  const snapshot = join(directory, "chaos-snapshot");
  const of = "etcd";
  const kill = (members: typeof etcd.members) =>
    Promise.all(
      members.map((member) => {
        member.signal("SIGKILL");
        return member.stop();
      }),
    );
  const members = etcd.members.map((member): Fault => {
    return {
      name: `${member.name} is killed`,
      of,
      longestMs: 5000,
      begin: () => kill([member]),
      end: async () => {
        member.start();
        await member.whenServing();
      },
    };
  });
  const cuts = etcd.members.map(({ name, cut, heal }): Fault => {
    return { name: `${name} is cut off`, of, longestMs: 8000, begin: cut, end: heal };
  });
  const sleeps = etcd.members.map((member): Fault => {
    return {
      name: `${member.name} stands still, and lags behind`,
      of,
      isForLongRuns: true,
      longestMs: 8000,
      begin: async () => member.signal("SIGSTOP"),
      end: async () => member.signal("SIGCONT"),
    };
  });
  return [
    ...members,
    ...cuts,
    ...sleeps,
    { name: "all of etcd is killed", of, longestMs: 8000, begin: () => kill(etcd.members), end: etcd.start },
    {
      name: "etcd compacts its history",
      of,
      longestMs: 0,
      begin: etcd.compact,
      end: () => Promise.resolve(),
    },
    {
      name: "etcd goes back in time",
      of,
      longestMs: 3000,
      begin: () => etcd.snapshot(snapshot),
      end: () => etcd.restore(snapshot),
    },
  ];
}
