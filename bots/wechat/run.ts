import { Hono } from 'hono'
import { createBot } from '../bot.ts'
import type { DrawnCard } from '../card.ts'
import type { Capabilities, CreateOptions } from '../description.ts'
import { openLifecycle } from '../lifecycle.ts'
import { type Chat, type Message, type Person, type RunningMessenger, Undeliverable } from '../messenger.ts'
import { createQueues } from '../queues.ts'
import { texts } from '../texts/index.ts'
import { createClient, isNotOurs } from './client.ts'
import { openEnvelopes } from './envelope.ts'
import type { WechatSettings } from './index.ts'
import { createMenu } from './menu.ts'
import { commandInMessage, idOf, type WechatMessage } from './messages.ts'
import { createMessenger } from './messenger.ts'
import { createScenes, SCENE_PATH } from './scenes.ts'
import { createWebhook, type FirstAnswer } from './webhook.ts'

const messenger = 'wechat'

export function createWechat(
  { settings, api, publicUrl, log }: CreateOptions<WechatSettings>,
  capabilities: Capabilities,
): RunningMessenger {
  const client = createClient(settings)
  const wechat = createMessenger({ api, client, follow: (work) => lifecycle.follow(work), log }, capabilities)
  const lifecycle = openLifecycle(api, wechat, log, CREDENTIALS)
  const bot = createBot(api, wechat, log)
  const inTurn = createQueues()

  /** Takes what somebody has said, or done: the money first, then the answer. */
  function take(message: WechatMessage, first: FirstAnswer): void {
    const done = inTurn(message.FromUserName, () => carryOut(message, first))
    lifecycle.follow(() => done.finally(first.none))
  }

  async function carryOut(message: WechatMessage, first: FirstAnswer): Promise<void> {
    const { FromUserName: openId, CreateTime: seconds } = message
    const { language } = capabilities
    const answers = wechat.answering(openId, first)
    const command = commandInMessage(message)
    if (command === 'plainText') return answers.say(texts(language)('wechat.plainText'))
    if (!command) return
    // WeChat tells no names.
    const person: Person = { messenger, id: openId, handle: null }
    const chat: Chat = { id: openId, kind: 'private' }
    const key = `${messenger}:${idOf(message)}`
    const say = ({ text }: Message) => answers.say(text)
    const { name, words } = command
    const { answered } = await bot.dispatch(
      name,
      {
        person,
        chat,
        target: { chat: openId, details: key },
        language,
        key,
        sentAt: new Date(seconds * 1000),
        words,
      },
      { post: (card: DrawnCard) => answers.post(card), say, whisper: say },
    )
    await answered
  }

  /** An account that isn't verified has no menu of the bot's. */
  async function makeMenu(): Promise<void> {
    try {
      await createMenu(client, capabilities.language)
    } catch (error) {
      if (!(error instanceof Undeliverable)) throw error
      log.warn({ messenger, reason: error.message }, 'the account may have no menu made by the bot')
    }
  }

  return {
    app: new Hono()
      .route('/', createWebhook({ envelopes: openEnvelopes(settings), take, log }))
      .route('/', createScenes(api, client)),
    start: () =>
      lifecycle.start(async () => {
        await lifecycle.retry(client.ping, WORDS)
        lifecycle.serve(bot, { title: 'WeChat', link: `${publicUrl()}${SCENE_PATH}/{code}` })
        lifecycle.follow(makeMenu)
      }),
    stop: () => lifecycle.stop(() => client.stop()),
  }
}

const WORDS = { begins: 'WeChat cannot be reached; it is tried again', ends: 'WeChat is reached' }
const CREDENTIALS = {
  areRefused: isNotOurs,
  advice:
    'WECHAT_APP_ID, WECHAT_APP_SECRET: WeChat does not take them. Copy both anew from https://mp.weixin.qq.com (开发接口管理 → 基本配置), and put the address of this machine onto the IP list there.',
}
