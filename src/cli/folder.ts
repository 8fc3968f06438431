/** The folder from which the command line was called: names of files are meant from there. npm tells it, as it goes to the project's. */
export const callersFolder = (): string => process.env.INIT_CWD ?? process.cwd()
