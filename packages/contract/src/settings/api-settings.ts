import * as grammar from "./grammars.ts";
import { optional } from "./setting.ts";

/** What a program shows, or a command gives, to be allowed to ask. */
export const apiTokenFile = optional({
  name: "API_TOKEN_FILE",
  actsOn: "program",
  isSecret: true,
  schema: grammar.filePath,
  about:
    "File of the token that who asks at API_LISTEN must give: 16 characters or more, the same at all agents; read again when it changes.",
});

/** Where other machines ask an agent for what the registry does not have. */
export const apiSettings = {
  apiListen: optional({
    name: "API_LISTEN",
    actsOn: "program",
    schema: grammar.listenAddress,
    fallback: "other machines cannot ask this agent",
    about:
      "Where this agent answers `fairway` on other machines, and Prometheus: what is asked is read, nothing can be changed. Elsewhere than on loopback it wants API_CERT_FILE, API_KEY_FILE and API_TOKEN_FILE. See [fairway.md](fairway.md#other-machines).",
  }),
  apiCertFile: optional({
    name: "API_CERT_FILE",
    actsOn: "program",
    isSecret: true,
    schema: grammar.filePath,
    about:
      "Certificate of API_LISTEN for the address where others ask (PEM, with its chain); read again when it changes.",
  }),
  apiKeyFile: optional({
    name: "API_KEY_FILE",
    actsOn: "program",
    isSecret: true,
    schema: grammar.filePath,
    about: "Key of that certificate (PEM); read again when it changes.",
  }),
  apiTokenFile,
} as const;

/** What the `fairway` command needs to ask agents of other machines. */
export const apiClientSettings = {
  apiCaFile: optional({
    name: "API_CA_FILE",
    actsOn: "program",
    isSecret: true,
    schema: grammar.filePath,
    fallback: "agents of other machines are not asked",
    about: "Authority that signed the certificates of agents' API_LISTEN (PEM): the token goes to nobody else.",
  }),
  apiTokenFile: {
    ...apiTokenFile,
    fallback: "agents of other machines are not asked",
    about: "File of the token that agents want at API_LISTEN.",
  },
} as const;
