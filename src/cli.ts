import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

/** The command line: see `src/passalong`, which calls it. What it needs is loaded after what makes loading quick. */
const root = new URL('../', import.meta.url)

// Drizzle has a thousand exports, which Node reads anew for each of its files: two thirds of the time of a command.
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

// Settings are those of this installation, wherever somebody stands: elsewhere may be another one's `.env`.
process.chdir(fileURLToPath(root))

const { runCommandLine } = await import('./cli/run.ts')
process.exitCode = await runCommandLine(process.argv.slice(2))
