import { z } from "zod";
import { haproxyText } from "./agent-grammars.ts";
import * as grammar from "./grammars.ts";
import { list, optional, setting } from "./setting.ts";

/** What is no certificate is told where certificates are read: all else is served. */
const pem: z.ZodType<string, string> = z.string().describe("PEM, `\\n` in it for a new line");

const variableName: z.ZodType<string, string> = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/)
  .describe("the name of an environment variable");

/** Settings of ports marked `/ssl`, where the proxy opens TLS, and of TLS towards servers. */
export const tlsSettings = {
  certFolder: optional({
    name: "CERT_FOLDER",
    actsOn: "listener",
    schema: grammar.filePath,
    fallback: "DEFAULT_SSL_CERT and EXTRA_SSL_CERTS; without any certificate `/ssl` ports are refused",
    about:
      "Folder of the certificates of `/ssl` ports: `<name>.pem` (certificate, chain, key), `<name>.crt` beside `<name>.key`, or folders with `fullchain.pem` beside `privkey.pem`. It is followed: see [tls.md](tls.md).",
  }),
  defaultCertificate: optional({
    name: "DEFAULT_SSL_CERT",
    actsOn: "listener",
    isSecret: true,
    hasFile: true,
    schema: pem,
    about: "Certificate, chain and key of `/ssl` ports where CERT_FOLDER is not set; `\\n` is a new line.",
  }),
  extraCertificates: list({
    name: "EXTRA_SSL_CERTS",
    actsOn: "listener",
    item: variableName,
    about: "Names of further variables that hold certificates as DEFAULT_SSL_CERT does: `CERT1, CERT2`.",
  }),
  strictSni: setting({
    name: "SSL_STRICT_SNI",
    actsOn: "listener",
    schema: grammar.oneOf("true", "false"),
    fallback: "false",
    about:
      "`true`: `/ssl` ports refuse clients that ask for a name of which there is no certificate, or for none; else these get the default certificate, and are counted.",
  }),
  clientAuthoritiesFile: optional({
    name: "CA_CERT_FILE",
    actsOn: "listener",
    schema: grammar.filePath,
    fallback: "CA_CERT; without it clients need no certificate",
    about: "Clients of `/ssl` ports must present a certificate of an authority in this file (PEM).",
  }),
  clientAuthorities: optional({
    name: "CA_CERT",
    actsOn: "listener",
    isSecret: true,
    schema: pem,
    about: "The same as text, `\\n` in it for a new line.",
  }),
  serverAuthoritiesFolder: optional({
    name: "SERVER_CA_FOLDER",
    actsOn: "server",
    schema: grammar.filePath,
    fallback: "none; services with `SERVER_TLS: verify` are refused",
    about:
      "Folder of the authorities (`*.pem`, `*.crt`) that servers with `SERVER_TLS: verify` need a certificate of. It is followed: see [tls.md](tls.md).",
  }),
  tlsOptions: setting({
    name: "SSL_BIND_OPTIONS",
    actsOn: "listener",
    isSecret: true,
    schema: haproxyText,
    fallback: "ssl-min-ver TLSv1.2",
    about: "`ssl-default-bind-options` of HAProxy's `global`.",
  }),
  tlsCiphers: optional({
    name: "SSL_BIND_CIPHERS",
    actsOn: "listener",
    isSecret: true,
    schema: haproxyText,
    fallback: "those of HAProxy's OpenSSL",
    about: "`ssl-default-bind-ciphers` of HAProxy's `global`, for TLS 1.2.",
  }),
} as const;
