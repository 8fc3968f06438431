import { Hono } from 'hono'
import { except } from 'hono/combine'
import { clientOf, limited, MOST_BYTES } from './api/admission.ts'
import { answerProblem } from './api/problem.ts'
import { BASE_PATH, type Env } from './api/router.ts'
import type { Core } from './core.ts'
import { measured } from './metrics.ts'
import { notFound } from './pages/app.ts'

/** All addresses but the API's: pages, and where messengers call. Their routes are added by whoever has them. */
export function createSite(core: Core): Hono<Env> {
  const site = new Hono<Env>()
  site.use(measured(core.metrics))
  // A messenger's webhook knows how much that messenger may send.
  site.use(except('/*/webhook', limited(MOST_BYTES)))
  // Where the API has nothing is for those to know who may ask it.
  site.use(`${BASE_PATH}/*`, async (c, next) => {
    await clientOf(core, c)
    await next()
  })
  site.onError(answerProblem(core.log))
  site.notFound(notFound)
  return site
}
