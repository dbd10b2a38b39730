import type { AgentSettings } from "@fairway/contract";
import { resolve } from "node:path";
import { exitCode, type Log, ProgramExit } from "@fairway/program";
import { openApplier, type Applier, type ApplierFacts } from "../apply/applier.ts";
import { builtInTemplate } from "@fairway/haproxy";
import { render, renderPieces } from "@fairway/haproxy";

/** What {@link openProxy} is told. */
export type ProxyOptions = {
  readonly settings: Pick<AgentSettings, "stateDir" | "haproxyBin" | "drainTimeoutMs" | "slowStartMs">;
  readonly env: NodeJS.ProcessEnv;
  readonly onChange?: ApplierFacts["onChange"];
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** Takes STATE_DIR and its HAProxy. Throws ProgramExit when the directory or HAProxy cannot be used. */
export async function openProxy({ settings, env, onChange, log, signal }: ProxyOptions): Promise<Applier> {
  const template = builtInTemplate();
  const opened = await openApplier({
    ...settings,
    stateDir: resolve(settings.stateDir),
    env: withoutSecrets(env),
    render: (desired) => render(desired, template),
    renderPieces: (desired) => renderPieces(desired, template),
    ...(onChange === undefined ? {} : { onChange }),
    log,
    signal,
  });
  if (!opened.ok) throw new ProgramExit(exitCode.setting, [opened.reason]);
  return opened.applier;
}

/** HAProxy needs no way to the registry. */
export function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(ADDON_)?ETCD_/.test(name)));
}
