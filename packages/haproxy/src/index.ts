export { isLimit, listEntries, listText, peerName, refuses } from "./admission.ts";
export { countDefaultCertificates, countsDefaultCertificates } from "./default-certificates.ts";
export {
  hasLogins,
  isAskedForRoles,
  isRefreshedEntry,
  loginEntry,
  loginLines,
  refreshedEntry,
  refreshedIn,
  roleEntry,
  roleQuestion,
  rolesHoldMs,
} from "./check-questions.ts";
export type {
  AddressList,
  Configuration,
  Line,
  Listener,
  ListenerCertificate,
  ListenerList,
  ListenerSettings,
  Origin,
  PortNames,
  Sections,
  Server,
  SourceLimit,
} from "./configuration.ts";
export {
  connectionLogFormat,
  connectionLogRing,
  connectionLogTarget,
  parseConnection,
  type LoggedConnection,
} from "./connection-log.ts";
export { Haproxy, type WorkerReading } from "./haproxy.ts";
export { greeterProgram, greets, nameEntries, namesFiles, opensAlike } from "./by-name.ts";
export type { NamesFile } from "./render-options.ts";
export { bindText, ownLine, settingLine, quotedWord } from "./lines.ts";
export { checkConfig, haproxyVersion } from "./process/binary.ts";
export { awaitGone, findProcess, isAlive, send, type OsProcess } from "./process/os-process.ts";
export { render, renderPieces, type Rendered, type RenderOptions } from "./render.ts";
export { frontOfSpare, isSpareFront, sectionName } from "./names.ts";
export { lastingOptions, ownMaxconn, ownWeight } from "./server-options.ts";
export type { Certificate, CertificateCommand } from "./runtime/certificates.ts";
export { isWord, serverOfCommand, serverPath, type ServerCommand, type ServerUpdate } from "./runtime/commands.ts";
export type { LogStream, LogStreamCallbacks } from "./runtime/log-stream.ts";
export type { HeldRefused, RefusedReading } from "./runtime/refused.ts";
export { kindOfSpare, spareKind, sparesOf } from "./spares.ts";
export { showProc } from "./runtime/sockets.ts";
export {
  byListener,
  changeServers,
  diffServers,
  findServer,
  indexOfName,
  sortServers,
  type Difference,
  type SortedServers,
} from "./servers.ts";
export { addressesInUse, type ConfigProblem } from "./tables/problems.ts";
export { assignedIn, type NamesKey, type WorkerNames } from "./tables/worker-names.ts";
export { isDown, serverStatesFile, type ServerState } from "./tables/server-state.ts";
export type { Processes } from "./tables/show-proc.ts";
export type { RefusedCount, ServerFigures, Session } from "./tables/worker.ts";
export { closedPort, waitingLine } from "./waiting.ts";
export { builtInTemplate, inPieces } from "./template.ts";
