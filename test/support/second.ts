import { existsSync, readFileSync } from 'node:fs'

/**
 * A description of an API that may lie beside the checkout, as a second opinion on the one from npm, which judges
 * wherever the tests run. Nothing where it isn't there, which is said.
 */
export function secondDescription<T>(name: string): T | undefined {
  const file = new URL(`../../../shared/specs/${name}`, import.meta.url)
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as T
  console.info(`No second description to compare with: ${file.pathname} isn't there.`)
  return undefined
}
