import type { Context } from 'hono'
import type { Core } from '../../core.ts'
import type { KnownIdentity } from '../../people/identity.ts'
import { keyOf } from '../../shared/keys.ts'
import { Refusal } from '../../shared/refusal.ts'
import { viewerOf } from '../sign-in.ts'

/**
 * The operator who looks at a page under `/operators`: whether they are one is looked up for each look, as OPERATORS may have changed.
 * @throws Refusal `signed_out`, `not_operator`
 */
export async function operatorOf(core: Core, c: Context): Promise<KnownIdentity> {
  const viewer = await viewerOf(core, c)
  if (!viewer) throw new Refusal('signed_out')
  if (!core.config.operators.has(keyOf(viewer))) throw new Refusal('not_operator')
  return viewer
}
