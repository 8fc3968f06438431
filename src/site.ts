import { Hono } from 'hono'
import { clientOf, limited, MOST_BYTES } from './api/admission.ts'
import { pathOf } from './api/path.ts'
import { answerProblem } from './api/problem.ts'
import { BASE_PATH, type Env } from './api/router.ts'
import type { Core } from './core.ts'
import { measured } from './metrics.ts'
import { notFound } from './pages/app.ts'

/** All addresses but the API's: pages, and where messengers call. Their routes are added by whoever has them. */
export function createSite(core: Core): Hono<Env> {
  const site = new Hono<Env>({ getPath: pathOf })
  site.use(measured(core.metrics))
  site.use(limited(MOST_BYTES))
  // Where the API has nothing is for those to know who may ask it.
  site.use(`${BASE_PATH}/*`, async (c, next) => {
    await clientOf(core, c)
    await next()
  })
  site.onError(answerProblem(core.log))
  site.notFound(notFound)
  return site
}
