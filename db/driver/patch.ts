import { readFileSync, writeFileSync } from 'node:fs'
import { applyPatch, parsePatch, reversePatch } from 'diff'

/** Patches the installed postgres.js: see README.md. Run by `npm install`; running it again changes nothing. */
const driver = new URL('../', import.meta.resolve('postgres'))
const patch = readFileSync(new URL('./postgres-3.4.9.patch', import.meta.url), 'utf8')

for (const change of parsePatch(patch)) {
  const file = new URL(change.newFileName as string, driver)
  const source = readFileSync(file, 'utf8')
  if (applyPatch(source, reversePatch(change)) !== false) continue
  const patched = applyPatch(source, change)
  if (patched === false)
    throw new Error(`db/driver: the patch does not fit ${change.newFileName} of the installed postgres.js.`)
  writeFileSync(file, patched)
}
