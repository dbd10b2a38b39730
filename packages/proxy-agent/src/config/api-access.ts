import { type AgentSettings, type ListenAddress, listenText, shortestToken, tokenIn } from "@fairway/contract";
import { type ApiAccess, readSettingFile } from "@fairway/program";
import { isLoopbackHost } from "./api-address.ts";

type ApiSettings = Pick<AgentSettings, "apiListen" | "apiCertFile" | "apiKeyFile" | "apiTokenFile">;

/** What is wrong with the settings of API_LISTEN, as lines for the operator. */
export function apiProblems(settings: ApiSettings & Partial<Ports>): readonly string[] {
  const { apiListen, apiCertFile, apiKeyFile, apiTokenFile } = settings;
  if (apiListen === undefined) return [];
  const files = { API_CERT_FILE: apiCertFile, API_KEY_FILE: apiKeyFile, API_TOKEN_FILE: apiTokenFile };
  const missing = Object.entries(files).flatMap(([name, path]) => (path === undefined ? [name] : []));
  const isHalf = (apiCertFile === undefined) !== (apiKeyFile === undefined);
  const problems = samePort(apiListen, settings).map((name) => `must have a port of its own, which ${name} has`);
  if (!isLoopbackHost(apiListen.host) && missing.length > 0) {
    problems.push(`wants ${missing.join(", ")} beside it, as it is not on loopback`);
  } else if (isHalf) problems.push("wants both of API_CERT_FILE and API_KEY_FILE, or none");
  return problems.map((problem) => `API_LISTEN="${listenText(apiListen)}": ${problem}`);
}

type Ports = Pick<AgentSettings, "statsPort" | "monitorPort" | "metricsListen" | "adminListen">;

function samePort(
  { port }: ListenAddress,
  { statsPort, monitorPort, metricsListen, adminListen }: Partial<Ports>,
): readonly string[] {
  const others = {
    STATS_PORT: statsPort,
    MONITOR_PORT: monitorPort,
    METRICS_LISTEN: metricsListen?.port,
    ADMIN_LISTEN: adminListen?.port,
  };
  return Object.entries(others).flatMap(([name, other]) => (other === port ? [name] : []));
}

/** Reads the files of API_LISTEN. Throws a sentence for one that cannot be read, or holds no token. */
export function readApiAccess({ apiCertFile, apiKeyFile, apiTokenFile }: ApiSettings): ApiAccess {
  const token = contents("API_TOKEN_FILE", apiTokenFile);
  const [cert, key] = [contents("API_CERT_FILE", apiCertFile), contents("API_KEY_FILE", apiKeyFile)];
  return {
    ...(token !== undefined && { token: tokenOr(token) }),
    ...(cert !== undefined && key !== undefined && { tls: { cert, key } }),
  };
}

function contents(name: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const reading = readSettingFile(name, path);
  if (!reading.ok) throw new Error(reading.problem);
  return reading.text;
}

function tokenOr(text: string): string {
  const token = tokenIn(text);
  if (token === undefined) {
    throw new Error(`API_TOKEN_FILE: must hold ${shortestToken} or more printable characters, without a space`);
  }
  return token;
}
