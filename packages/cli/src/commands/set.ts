import {
  decode,
  endpointsPrefixOf,
  type ServiceName,
  serviceSettingsSchema,
  settingsKey,
  shown,
} from "@fairway/contract";
import { exitCode, type Given, ProgramExit, type SubcommandAnswer } from "@fairway/program";
import type { RegistryClient, Stored } from "@fairway/registry";
import { readService, serviceText } from "../operator/service.ts";
import {
  changeSettings,
  readAssignments,
  type Settings,
  type SettingsChange,
  settingsRecord,
} from "../operator/settings.ts";
import { wrongUse } from "../wrong-use.ts";
import { askRegistry } from "./ask-registry.ts";

/** What becomes of one service's settings; `isWhole`: whatever stands there goes. */
type Change = SettingsChange & { readonly service: ServiceName; readonly isWhole: boolean };

/** Sets what is stronger than the labels of a service. Throws ProgramExit for what no label may say either. */
export async function set(env: NodeJS.ProcessEnv, signal: AbortSignal, given: Given): Promise<SubcommandAnswer> {
  const { argument, more = [], options } = given;
  const service = readService(argument, options);
  const read = readAssignments(more);
  if ("bad" in read) throw wrongUse(`${shown(read.bad)} sets nothing; write NAME=VALUE, such as MAXCONN=100`);
  if (more.length === 0) throw wrongUse("say what to set: NAME=VALUE, such as MAXCONN=100");
  const alone = changeSettings({}, { set: read.set, unset: [] });
  if (!alone.ok) throw wrongUse(...alone.problems.map((each) => `${serviceText(service)}: ${each}`));
  return change({ env, signal, options }, { service, set: read.set, unset: [], isWhole: false });
}

/** Lets the labels of a service decide again. Ends with 3 where nothing of that name is set. */
export async function unset(env: NodeJS.ProcessEnv, signal: AbortSignal, given: Given): Promise<SubcommandAnswer> {
  const { argument, more = [], options } = given;
  const service = readService(argument, options);
  const isWhole = options["all"] === true;
  if (isWhole === more.length > 0) throw wrongUse("say what is to be set no longer: names, or --all");
  const assigned = more.find((name) => name.includes("="));
  if (assigned !== undefined) throw wrongUse(`${shown(assigned)} is no name of a setting, such as MAXCONN`);
  const names = [...new Set(more.map((name) => name.toUpperCase()))];
  return change({ env, signal, options }, { service, set: {}, unset: names, isWhole });
}

async function change(line: Parameters<typeof askRegistry>[0], wanted: Change): Promise<SubcommandAnswer> {
  const { answer, note } = await askRegistry(line, async (client) => {
    const lines = await write(client, wanted);
    const [endpoints = 0] = await client.count([endpointsPrefixOf(wanted.service.project, wanted.service.service)]);
    return { lines, endpoints };
  });
  const where = serviceText(wanted.service);
  const none = `no endpoint of ${where} is in the registry: this holds once there is one`;
  return {
    lines: answer.lines.map((text) => `${where}: ${text}`),
    notes: [note, ...(answer.endpoints === 0 ? [none] : [])],
  };
}

const mostTries = 5;

/** Writes the change unless the record was changed meanwhile; then it is looked at again. */
async function write(client: RegistryClient, wanted: Change): Promise<readonly string[]> {
  const key = settingsKey(wanted.service);
  for (let tried = 1; tried <= mostTries; tried += 1) {
    const { stored } = await client.get([key]);
    const { settings, lines } = outcomeOf(stored[0], wanted);
    const compare = { key, modRevision: stored[0]?.modRevision ?? 0n };
    const isEmpty = Object.keys(settings).length === 0;
    const operation = isEmpty
      ? ({ type: "delete", key } as const)
      : ({ type: "put", key, value: settingsRecord(settings) } as const);
    if ((await client.transact([compare], [operation])).succeeded) return lines;
  }
  throw new ProgramExit(exitCode.environment, [
    `the settings of ${serviceText(wanted.service)} change all the time: try again`,
  ]);
}

function outcomeOf(stored: Stored | undefined, wanted: Change): { settings: Settings; lines: readonly string[] } {
  const where = serviceText(wanted.service);
  if (wanted.isWhole) {
    if (stored === undefined) throw new ProgramExit(exitCode.no, [`the operator sets nothing for ${where}`]);
    return { settings: {}, lines: ["nothing is set any longer: labels decide"] };
  }
  const decoded = decode(serviceSettingsSchema, stored?.value ?? settingsRecord({}));
  if (!decoded.ok) {
    const line = `the settings of ${where} cannot be read: ${decoded.reason}; "unset ${where} --all" removes them`;
    throw new ProgramExit(exitCode.environment, [line]);
  }
  const changed = changeSettings(decoded.record.settings, wanted);
  if (changed.ok) return changed;
  if (wanted.unset.length > 0)
    throw new ProgramExit(
      exitCode.no,
      changed.problems.map((each) => `${where}: ${each}`),
    );
  throw wrongUse(...changed.problems.map((each) => `${where}: ${each}`));
}
