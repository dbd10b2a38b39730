import { isDeepStrictEqual } from "node:util";
import type { AgentSettings, Handout } from "@fairway/contract";
import type { LeasedRecord, RegistryAccess, SeenWrite, SubscriptionEvent } from "@fairway/registry";
import type { Log } from "@fairway/program";
import { accessIn } from "./ask-addon.ts";
import { askAddon } from "./ask-addon.ts";
import { followAddon, type AddonPicture, type FollowedAddon } from "./addon.ts";
import { identityIn, type Identity } from "./addon.ts";
import type { SwitchedClient } from "./switched-client.ts";
import { watchAddresses } from "./local-addresses.ts";
import { Membership } from "./membership.ts";
import type { AgentConfig } from "../config/settings.ts";

/** What {@link openEnrolment} is told. */
export type EnrolmentOptions = {
  readonly settings: Pick<AgentSettings, "addonUrl" | "leaseTtlMs">;
  /** The way to the registry by the settings; undefined: the addon is asked for it. */
  readonly access: RegistryAccess | undefined;
  /** The configuration that follows from what the addon says of this proxy; undefined: nothing. */
  readonly configFor: (identity: Identity | undefined) => AgentConfig;
  /** What the addon said to an earlier agent. */
  readonly remembered: Identity | undefined;
  readonly client: SwitchedClient;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** Who hears what becomes of it. */
export type EnrolmentListener = {
  readonly onEvent: (event: SubscriptionEvent) => void;
  /** The newest write of the registry that it holds. */
  readonly newest: () => SeenWrite | undefined;
  /** The proxy is another, or stands elsewhere, than it was. */
  readonly onMoved: (config: AgentConfig) => void;
};

/** How this proxy takes part in the registry: as its settings say, or as the addon does, whose word may change. */
export type Enrolment = Pick<LeasedRecord, "set"> & {
  readonly config: () => AgentConfig;
  /** What the addon said last; undefined: nothing, or it is not asked. */
  readonly identity: () => Identity | undefined;
  /** True when it is known where the proxy stands. */
  readonly isPlaced: () => boolean;
  /** Why it has no way to the registry yet; undefined: it has. */
  readonly waitingFor: () => string | undefined;
  /** Undefined: the addon is not asked. */
  readonly addon: () => AddonPicture | undefined;
  readonly begin: (listener: EnrolmentListener) => void;
  /** Resolves when the signal has aborted and nothing is told any more. */
  readonly ended: () => Promise<void>;
  /** Takes the own record out of the registry. Rejects when that is away; then it runs out. */
  readonly leave: () => Promise<void>;
};

/** Nothing is asked or told before `begin`. */
export function openEnrolment(options: EnrolmentOptions): Enrolment {
  const { settings, access, configFor, client, log, signal } = options;
  let identity = access === undefined ? options.remembered : undefined;
  let config = configFor(identity);
  let addon: FollowedAddon | undefined;
  let heard: Omit<EnrolmentListener, "onMoved"> = { onEvent: () => undefined, newest: () => undefined };
  const newest = () => heard.newest();
  const onEvent = (event: SubscriptionEvent) => {
    heard.onEvent(event);
    addon?.onEvent(event);
  };
  const membership = new Membership({ client, leaseTtlMs: settings.leaseTtlMs, onEvent, newest, log, signal });

  const askFrom = (onMoved: EnrolmentListener["onMoved"]) => {
    let way: Handout["registry"] | undefined;
    const onHandout = (handout: Handout) => {
      // Sessions end with each change of the way: a proxy that only changed its networks keeps them.
      if (!isDeepStrictEqual(way, handout.registry)) client.use(accessIn(handout));
      way = handout.registry;
      identity = identityIn(handout);
      config = configFor(identity);
      onMoved(config);
      membership.join(config);
    };
    // A container that joins or leaves a network sees its addresses change before anyone tells it.
    const addresses = watchAddresses({ onChange: () => followed.askAgain(), signal });
    const ask = () => {
      // Before the answer: what changes after it must be noticed.
      addresses.note();
      return askAddon(settings.addonUrl, signal);
    };
    const followed = followAddon({ ask, onHandout, log, signal });
    followed.askAgain();
    return followed;
  };

  return {
    config: () => config,
    identity: () => identity,
    isPlaced: () => access !== undefined || identity !== undefined,
    waitingFor: () => addon?.waitingFor(),
    addon: () => addon?.picture(),
    set: (value) => membership.set(value),
    begin: (listener) => {
      heard = listener;
      if (access === undefined) addon = askFrom(listener.onMoved);
      else {
        client.use(access);
        membership.join(config);
      }
    },
    ended: async () => {
      await addon?.ended;
      await membership.ended();
    },
    leave: () => membership.leave(),
  };
}
