import type { KnownIdentity } from '../../people/identity.ts'

/** Somebody who is signed in, and may see a group's books. */
export interface Admin {
  viewer: KnownIdentity
  group: { id: string; title: string | null; timeZone: string }
  /** Operators pass everywhere. */
  isOperator: boolean
}
