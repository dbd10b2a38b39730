import type { RegistrarSettings } from "@fairway/contract";
import { kernelIdentity } from "@fairway/program";
import type { OwnNode } from "@fairway/registry";
import type { EngineInfo } from "./docker/container.ts";

/** What the registrar says of its node. */
export function ownNode(
  settings: RegistrarSettings,
  engine: EngineInfo,
  { address, version }: { readonly address: string; readonly version: string },
): OwnNode {
  const { bootId, netns } = kernelIdentity();
  return {
    node: settings.nodeName ?? engine.name,
    address,
    zone: settings.zone,
    version,
    engineId: engine.id,
    bootId,
    netns,
  };
}
