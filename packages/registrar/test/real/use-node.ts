import { type Lab, type LabNode, type LabOptions, useLab } from "../../../../test/lab/index.ts";
import { type Seen, watchRegistry } from "./seen.ts";

/** What tests of a registrar look at, once their lab is there. */
export type NodeInLab = {
  readonly lab: () => Lab;
  /** The lab's first node. */
  readonly node: () => LabNode;
  /** What the registry told since the lab began. */
  readonly seen: () => Seen;
};

/** A lab without proxies for the tests of one `describe`, and its registry watched. */
export function useNode(options: Omit<LabOptions, "agents"> = {}): NodeInLab {
  let seen: Seen | undefined;
  // Before the lab goes.
  after(() => seen?.close());
  const lab = useLab({ ...options, agents: false });
  before(() => {
    seen = watchRegistry(lab());
  });
  return {
    lab,
    node: () => lab().node(1),
    seen: () => {
      if (seen === undefined) throw new Error("the registry is watched from the first test on, not before");
      return seen;
    },
  };
}
