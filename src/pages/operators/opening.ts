import { type Context, Hono } from 'hono'
import { validate } from 'uuid'
import type { Core } from '../../core.ts'
import { circulationOf } from '../../operators/circulation.ts'
import { groupsSeen } from '../../operators/groups.ts'
import { type OpeningSetting, STEPS } from '../../operators/opening.ts'
import type { KnownIdentity } from '../../people/identity.ts'
import { wordsFor } from '../language.ts'
import { formOf } from '../sign-in.ts'
import { operatorOf } from './access.ts'
import { answerOperatorPage } from './frame.ts'
import { type OpeningErrors, openingMain } from './opening-view.ts'

/** The most groups that are listed to choose from. */
const GROUPS = 500

/** What has to be typed to wind the service down, in every language. */
const CONFIRMATION = 'close'

/** For whom the service is open, and its end. */
export const openingPages = (core: Core) =>
  new Hono()
    .get('/opening', async (c) => answer(core, c, await operatorOf(core, c), await core.opening.read()))
    .post('/opening', async (c) => {
      const operator = await operatorOf(core, c)
      const typed = await formOf(c)
      const before = await core.opening.read()
      const share = Number(typed('share') || 0)
      const setting: OpeningSetting = {
        // Without a choice it stays as it is; its end has a form of its own.
        step: STEPS.find((step) => step === typed('step') && step !== 'closed') ?? before.step,
        share,
        groups: await groupsIn(c),
      }
      if (!Number.isInteger(share) || share < 0 || share > 100)
        return answer(core, c, operator, setting, { share: wordsFor(c).text('opening.shareWrong') })
      await core.opening.save(setting, operator)
      return c.redirect('/operators/opening?done=saved', 303)
    })
    .post('/wind-down', async (c) => {
      const operator = await operatorOf(core, c)
      const setting = await core.opening.read()
      if ((await formOf(c))('confirm')?.trim().toLowerCase() !== CONFIRMATION)
        return answer(core, c, operator, setting, { confirm: wordsFor(c).text('windDown.wrong') })
      // What is open goes back by the worker: see wind-down.ts.
      await core.opening.save({ ...setting, step: 'closed' }, operator)
      return c.redirect('/operators/opening', 303)
    })

/** The groups that are ticked. */
async function groupsIn(c: Context): Promise<string[]> {
  const { groups = [] } = await c.req.parseBody({ all: true })
  return [groups].flat().filter((id) => typeof id === 'string' && validate(id)) as string[]
}

async function answer(
  core: Core,
  c: Context,
  operator: KnownIdentity,
  setting: OpeningSetting,
  errors: OpeningErrors = {},
) {
  const words = wordsFor(c)
  const [groups, reach, circulation] = await Promise.all([
    groupsSeen(core.db, '', { limit: GROUPS, offset: 0 }),
    core.opening.reach(setting),
    circulationOf(core.db),
  ])
  return answerOperatorPage(c, {
    operator,
    tab: 'opening',
    title: words.text('operators.opening'),
    main: openingMain(words, {
      setting,
      groups: groups.items,
      reach,
      open: circulation.reduce((sum, { openTransfers }) => sum + openTransfers, 0),
      isSaved: c.req.query('done') === 'saved' && c.req.method === 'GET',
      errors,
    }),
    status: Object.keys(errors).length > 0 ? 422 : undefined,
  })
}
