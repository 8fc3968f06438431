import type { Core } from '../../core.ts'
import type { KnownIdentity } from '../../people/identity.ts'
import { keyOf } from '../../shared/keys.ts'
import { titleOf } from '../groups/frame.ts'
import type { Words } from '../language.ts'

/** Where somebody may go from their own pages. */
export async function placesOf(core: Core, words: Words, viewer: KnownIdentity) {
  const groups = await core.memberships.groupsOf(viewer.person)
  return [
    ...groups.map((group) => ({ href: `/groups/${group.id}`, text: titleOf(words, group) })),
    ...(core.config.operators.has(keyOf(viewer))
      ? [{ href: '/operators', text: words.text('frame.operators') }]
      : []),
  ]
}
