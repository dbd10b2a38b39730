import { z } from "zod";
import { userAndPassword } from "./agent-grammars.ts";
import * as grammar from "./grammars.ts";
import type { SettingValues } from "./read-settings.ts";
import { list, optional, setting } from "./setting.ts";

const hostName: z.ZodType<string, string> = z
  .string()
  .regex(/^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/)
  .transform((text) => text.toLowerCase())
  .describe("a name such as fairway.example.com, without a port");

/** Where `fairway ui` serves its page, and to whom. */
export const uiSettings = {
  uiListen: setting({
    name: "UI_LISTEN",
    actsOn: "program",
    schema: grammar.listenAddress,
    fallback: "127.0.0.1:7384",
    about: "Where the page is; the option --listen is stronger. Elsewhere than on loopback it wants UI_AUTH.",
  }),
  uiAuth: optional({
    name: "UI_AUTH",
    actsOn: "program",
    isSecret: true,
    hasFile: true,
    schema: userAndPassword,
    fallback: "whoever reaches it may look",
    about: "User and password of the page.",
  }),
  uiHosts: list({
    name: "UI_HOSTS",
    actsOn: "program",
    item: hostName,
    about: "Names under which browsers ask for the page, beside addresses and localhost.",
  }),
} as const;

/** The values of {@link uiSettings}. */
export type UiSettings = SettingValues<typeof uiSettings>;
