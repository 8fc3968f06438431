import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** A copy of the whole tree, in which code may be changed and tests be run. */
export async function copyOfTree(): Promise<{ copy: string; remove(): Promise<void> }> {
  const copy = await mkdtemp(join(tmpdir(), 'passalong-copy-'))
  await cp(root, copy, { recursive: true, filter: (path) => !/\/(node_modules|\.git|data)$/.test(path) })
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
  return { copy, remove: () => rm(copy, { recursive: true, force: true }) }
}
