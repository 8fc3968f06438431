import { type ResolveFnOutput, registerHooks } from 'node:module'

/**
 * Whoever imports this before all else starts in half the time. For each import Node reads and searches a package.json, and that of
 * drizzle has thousands of lines. What is asked for a second time is known, and so is what a neighbour of a module is.
 */
registerHooks({
  resolve(specifier, context, next) {
    const { parentURL = '' } = context
    if (/^\.\.?\//.test(specifier)) {
      const url = new URL(specifier, parentURL).href
      const format = formatOf(url)
      return format ? { url, format, shortCircuit: true } : next(specifier, context)
    }
    if (isOfPackage(parentURL)) return next(specifier, context)
    // A package may have one file for `import` and another one for `require`.
    const key = [specifier, ...context.conditions].join()
    const found = packages.get(key) ?? next(specifier, context)
    packages.set(key, found)
    return { ...found, shortCircuit: true }
  },
})

/** What our own modules import from packages and from Node. */
const packages = new Map<string, ResolveFnOutput>()

const isOfPackage = (url: string) => url.includes('/node_modules/')

function formatOf(url: string): 'module' | 'module-typescript' | undefined {
  if (!isOfPackage(url)) return url.endsWith('.ts') ? 'module-typescript' : undefined
  return /\/node_modules\/(drizzle-orm|zod)\/.*\.js$/.test(url) ? 'module' : undefined
}
