import { z } from 'zod'
import { createBot } from '../bot.ts'
import type { Capabilities, CreateOptions } from '../description.ts'
import { openLifecycle } from '../lifecycle.ts'
import type { Person, RunningMessenger } from '../messenger.ts'
import { createQueues } from '../queues.ts'
import { texts } from '../texts/index.ts'
import { commandIn } from '../typed-command.ts'
import { createClient, type Source, UnknownBot } from './client.ts'
import type { QqSettings } from './index.ts'
import { createMessenger } from './messenger.ts'
import { openKey } from './signature.ts'
import { createWebhook, type Told } from './webhook.ts'

const messenger = 'qq'

/** In private: https://bot.q.qq.com/wiki/develop/api-v2/server-inter/message/send-receive/event.html */
const Said = z.object({
  id: z.string().min(1),
  content: z.string().default(''),
  author: z.object({ user_openid: z.string().min(1) }),
  timestamp: z.iso.datetime({ offset: true }),
})
const SaidInGroup = z.object({ id: z.string().min(1), group_openid: z.string().min(1) })
const Added = z.object({ openid: z.string().min(1) })

export function createQq(
  { settings, api, log }: CreateOptions<QqSettings>,
  capabilities: Capabilities,
): RunningMessenger {
  const { appId, appSecret } = settings
  const client = createClient(settings)
  const qq = createMessenger({ client, log }, capabilities)
  const lifecycle = openLifecycle(api, qq, log, CREDENTIALS)
  const bot = createBot(api, qq, log)
  const inTurn = createQueues()
  let isThere = false

  /** Takes an event. Ends when the money that it moves is in the books; the answer follows. */
  async function take(told: Told): Promise<void> {
    if (!isThere) throw new Error('The bot is not there yet.')
    await lifecycle.takeEvent(told.t, () => carryOut(told))
  }

  async function carryOut({ t: type, d, id }: Told): Promise<void> {
    if (type === 'C2C_MESSAGE_CREATE') return takeMessage(Said.parse(d))
    if (type === 'FRIEND_ADD') return greet(Added.parse(d), id)
    if (type === 'GROUP_AT_MESSAGE_CREATE') return sendAway(SaidInGroup.parse(d))
  }

  async function takeMessage({ id, content, author, timestamp }: z.output<typeof Said>): Promise<void> {
    const from = author.user_openid
    const source = { msg_id: id }
    const command =
      content.trim() && commandIn(content, { isPrivate: true, isAddressed: true, hasChoices: true })
    if (command)
      return dispatch(from, source, { name: command.name, words: command.words, sentAt: new Date(timestamp) })
    qq.opens(from, source)
    lifecycle.follow(() => qq.say(from, { text: texts(capabilities.language)('qq.onlyText') }))
  }

  const greet = ({ openid }: z.output<typeof Added>, event_id: string): Promise<void> =>
    dispatch(openid, { event_id }, { name: 'start', words: '' })

  /** One after the other for each person, as a command may rest on the one before it. */
  const dispatch = (
    from: string,
    source: Source,
    { name, ...given }: { name: string; words: string; sentAt?: Date },
  ): Promise<void> =>
    inTurn(from, async () => {
      qq.opens(from, source)
      const person: Person = { messenger, id: from, handle: null }
      const target = { chat: from, details: JSON.stringify(source) }
      const say = (message: { text: string }) => qq.say(from, message)
      const { answered } = await bot.dispatch(
        name,
        {
          person,
          chat: { id: from, kind: 'private' },
          target,
          language: capabilities.language,
          key: `${messenger}:${Object.values(source)[0]}`,
          ...given,
        },
        { post: (card) => qq.post(card, target), say, whisper: say },
      )
      lifecycle.follow(() => answered)
    })

  /** In a group QQ gives everybody another id, by which nobody can be told to be who they are elsewhere: so nothing is taken there. */
  function sendAway({ id, group_openid: group }: z.output<typeof SaidInGroup>): void {
    const content = texts(capabilities.language)('qq.notInGroups')
    lifecycle.follow(() => client.answer({ group }, { msg_id: id }, 1, { msg_type: 0, content }))
  }

  return {
    app: createWebhook({ appId, key: openKey(appSecret), take, log }),
    start: () =>
      lifecycle.start(async () => {
        await lifecycle.retry(client.ping, {
          begins: 'QQ cannot be reached; it is tried again',
          ends: 'QQ is reached',
        })
        isThere = true
        // No address that a browser opens leads to a bot there.
        lifecycle.serve(bot, { title: 'QQ', link: 'https://im.qq.com/' })
      }),
    stop: () => lifecycle.stop(() => client.stop()),
  }
}

const CREDENTIALS = {
  areRefused: (error: unknown) => error instanceof UnknownBot,
  advice: 'QQ_APP_ID, QQ_APP_SECRET: QQ does not take them. Copy both anew from https://q.qq.com, 开发设置.',
}
