import type { MessengerName } from '../src/shared/person-ids.ts'
import type { Description } from './description.ts'
import { discord } from './discord/index.ts'
import { playground } from './playground/index.ts'
import { telegram } from './telegram/index.ts'

/** The messengers of this service. */
export const messengers: readonly Description[] = Object.values({
  telegram,
  discord,
  playground,
} satisfies Record<MessengerName, Description>)
