import { readFileSync, writeFileSync } from 'node:fs'
import { applyPatch, parsePatch, reversePatch } from 'diff'

/** Patches the installed postgres.js: see README.md. Run by `npm install`; running it again changes nothing. */
const driver = new URL('../', import.meta.resolve('postgres'))
/** Each rests on the ones before it. */
const patches = [
  'postgres-3.4.9.patch',
  'postgres-3.4.9-copy.patch',
  'postgres-3.4.9-failover.patch',
  'postgres-3.4.9-copy-in.patch',
  'postgres-3.4.9-usage.patch',
]

const changes = patches.flatMap((name) => parsePatch(readFileSync(new URL(name, import.meta.url), 'utf8')))

for (const [name, ofFile] of Map.groupBy(changes, ({ newFileName }) => newFileName as string)) {
  const file = new URL(name, driver)
  const source = readFileSync(file, 'utf8')
  const last = ofFile.findLastIndex((change) => applyPatch(source, reversePatch(change)) !== false)
  const patched = ofFile.slice(last + 1).reduce((text, change) => {
    const next = applyPatch(text, change)
    if (next === false)
      throw new Error(`db/driver: a patch does not fit ${name} of the installed postgres.js.`)
    return next
  }, source)
  if (patched !== source) writeFileSync(file, patched)
}
