/**
 * What `npm start` is asked for. Ends the process with code 2, as for a wrong setting, for an argument that there is not.
 * @param {readonly string[]} args
 * @returns {"help" | "start"}
 */
export function askedFor(args) {
  const unknown = args.find((each) => each !== "--help" && each !== "-h");
  if (unknown !== undefined) {
    console.error(`error: unknown argument ${JSON.stringify(unknown)}; npm start -- --help lists the settings`);
    process.exit(2);
  }
  return args.length > 0 ? "help" : "start";
}
