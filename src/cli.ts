import { fileURLToPath } from 'node:url'
import './quick-imports.ts'

/** The command line, called by `src/passalong`. It is imported at the end, after what makes its imports quick. */
const root = new URL('../', import.meta.url)

// Names of files are meant from there.
process.env.INIT_CWD ??= process.cwd()
// The settings are those of this installation, whatever the working folder is: there may be another one's `.env`.
process.chdir(fileURLToPath(root))

const { runCommandLine } = await import('./cli/run.ts')
process.exitCode = await runCommandLine(process.argv.slice(2))
