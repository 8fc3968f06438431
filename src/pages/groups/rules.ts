import { type Context, Hono } from 'hono'
import type { Core } from '../../core.ts'
import { listsOf } from '../../groups/lists.ts'
import type { GroupRules } from '../../groups/rules.ts'
import { notice } from '../components.ts'
import { type Html, type Words, wordsFor } from '../language.ts'
import { type Admin, adminOf } from './access.ts'
import { answerGroupPage } from './frame.ts'
import { type Errors, readRules, seenAs, type Typed, typedIn, typedOf } from './rules-form.ts'
import { type RulesForm, rehearsalPanel, rulesMain } from './rules-view.ts'
import { differencesOf } from './rules-words.ts'

/** The rules of a group: a form, whose rules are rehearsed before they can be saved. */
export const rulesPages = (core: Core) =>
  new Hono()
    .get('/:group/rules', async (c) => {
      const admin = await adminOf(core, c)
      const saved = c.req.query('saved') !== undefined
      const said = saved ? notice(wordsFor(c).text('rules.saved'), 'good') : undefined
      return answer(core, c, admin, { said })
    })
    // Changes nothing: it shows what the rules would have refused, and a button to save them.
    .post('/:group/rules', async (c) => {
      const admin = await adminOf(core, c)
      const typed = await typedIn(core, c, admin)
      const { rules, errors } = await readRules(core, wordsFor(c), admin, typed)
      return rules ? answer(core, c, admin, { typed, rules }) : answer(core, c, admin, { typed, errors })
    })
    .post('/:group/rules/save', async (c) => {
      const admin = await adminOf(core, c)
      const { group, viewer } = admin
      const words = wordsFor(c)
      const typed = await typedIn(core, c, admin)
      const { rules, errors } = await readRules(core, words, admin, typed)
      if (!rules) return answer(core, c, admin, { typed, errors })
      if (typed.seen !== seenAs(await core.rules.of(group.id))) {
        const said = notice(words.text('rules.changedMeanwhile'), 'bad')
        return answer(core, c, admin, { typed, rules, said, status: 409 })
      }
      await core.rules.save(group.id, rules, { messenger: viewer.messenger, id: viewer.id })
      return c.redirect(`/groups/${group.id}/rules?saved`, 303)
    })

interface Shown {
  /** What was filled in; by default the rules as they are. */
  typed?: Typed
  errors?: Errors
  /** Rules that can be saved, with what they would have refused. */
  rules?: GroupRules
  said?: Html | undefined
  status?: 409
}

async function answer(core: Core, c: Context, admin: Admin, shown: Shown) {
  const words = wordsFor(c)
  const { group, viewer } = admin
  const [now, assets, lists] = await Promise.all([
    core.rules.of(group.id),
    core.rules.assetsOf(group.id),
    listsOf(core.db, group.id),
  ])
  const { errors = {}, rules, said, status } = shown
  const present = typedOf(now, assets)
  const form: RulesForm = {
    path: `/groups/${group.id}/rules`,
    // What is rehearsed now is compared to the rules as they are now.
    typed: { ...(shown.typed ?? present), seen: present.seen ?? '' },
    errors,
    assets,
    lists,
  }
  const panel = rules && (await rehearsed(core, words, admin, form, now, rules))
  return answerGroupPage(c, words, {
    admin,
    groups: await core.memberships.groupsOf(viewer.person),
    tab: 'rules',
    title: words.text('frame.rules'),
    main: rulesMain(words, form, said, panel),
    status: Object.keys(errors).length > 0 ? 422 : status,
  })
}

/** What rules change, and what they would have refused. */
async function rehearsed(
  core: Core,
  words: Words,
  { group, viewer }: Admin,
  form: RulesForm,
  now: GroupRules,
  rules: GroupRules,
): Promise<Html> {
  const changes = differencesOf(words, now, rules, form.lists)
  if (changes.length === 0) return notice(words.text('rules.same'))
  const rehearsal = await core.rules.rehearse(group.id, rules)
  const senders = await core.people.ofAccounts(
    rehearsal.examples.map(({ fromAccount }) => fromAccount),
    viewer.messenger,
  )
  const examples = rehearsal.examples.map((one) => ({
    ...one,
    amount: core.assets.formatted(one.amount, one.asset),
    from: senders.get(one.fromAccount) ?? null,
  }))
  return rehearsalPanel(words, form, group, changes, { ...rehearsal, examples })
}
