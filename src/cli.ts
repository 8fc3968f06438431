import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

/** The command line, called by `src/passalong`. It is imported at the end, after the hooks that make its imports fast. */
const root = new URL('../', import.meta.url)

// Node reads drizzle's package.json, with its thousand exports, for each of its files: two thirds of the time of a command.
registerHooks({
  resolve: (specifier, context, next) =>
    specifier.startsWith('./') || specifier.startsWith('../')
      ? (inDrizzle(specifier, context.parentURL) ?? next(specifier, context))
      : next(specifier, context),
})

function inDrizzle(specifier: string, parent = '') {
  if (!parent.includes('/node_modules/drizzle-orm/') || !specifier.endsWith('.js')) return undefined
  return { url: new URL(specifier, parent).href, format: 'module', shortCircuit: true }
}

// The settings are those of this installation, whatever the working folder is: there may be another one's `.env`.
process.chdir(fileURLToPath(root))

const { runCommandLine } = await import('./cli/run.ts')
process.exitCode = await runCommandLine(process.argv.slice(2))
