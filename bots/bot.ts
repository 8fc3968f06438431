import { amountOf, type Card, drawCard, nameOf } from './card.ts'
import { historyOfGroup, historyOfPerson } from './commands/history.ts'
import { commands } from './commands/index.ts'
import { Misunderstood } from './commands/send.ts'
import { body, type Core, Refused } from './core.ts'
import {
  type Invocation,
  type Message,
  type Messenger,
  type Press,
  type PressAnswer,
  Undeliverable,
} from './messenger.ts'
import { supported, type TextKey, texts } from './texts/index.ts'

/** What the bot needs of a logger. */
export interface Log {
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/** The bot of one messenger: commands and presses in, answers and deliveries out. */
export interface Bot {
  /**
   * Runs a command and answers. A card is posted by `post`, which tells where it hangs now; words are said by `say`.
   */
  hear(
    command: string,
    asked: Invocation,
    out: {
      post(card: Card): Promise<{ chat: string; message: string } | undefined>
      say(message: Message): Promise<void>
    },
  ): Promise<void>
  press(pressed: Press): Promise<PressAnswer>
  /** Makes deliveries until it is stopped. */
  deliver(): { stop(): Promise<void> }
}

export function createBot(core: Core, messenger: Messenger, log: Log): Bot {
  async function hear(
    name: string,
    asked: Invocation,
    { post, say }: Parameters<Bot['hear']>[2],
  ): Promise<void> {
    const command = commands.find((known) => known.name === name)
    if (!command) return
    try {
      const reply = await command.run(asked, {
        core,
        commands,
        isAdmin: () => messenger.isAdmin(asked.chat, asked.person),
      })
      if ('message' in reply) return await say(reply.message)
      if (name === 'send' && (await isShown(reply.card, asked.chat.id))) return
      const place = await post(reply.card)
      if (place) await remember(reply.card, place)
    } catch (error) {
      await say({ text: inWords(error, asked.language, { command: name }) })
    }
  }

  /** The same command delivered twice finds its card hanging there. */
  async function isShown(card: Card, chat: string): Promise<boolean> {
    const { items } = await body(core.transfers[':id'].cards.$get({ param: { id: card.transfer } }))
    return (
      card.state === 'open' &&
      items.some((shown) => shown.messenger === messenger.name && shown.chat === chat)
    )
  }

  const remember = (card: Card, { chat, message }: { chat: string; message: string }) =>
    body(
      core.transfers[':id'].cards.$post({
        param: { id: card.transfer },
        json: { messenger: messenger.name, chat, message, language: card.language, drawn: card.state },
      }),
    )

  async function press(pressed: Press): Promise<PressAnswer> {
    try {
      return await act(pressed)
    } catch (error) {
      return { toast: inWords(error, pressed.language, { press: pressed.action.do }) }
    }
  }

  async function act({ person, chat, language, key, action }: Press): Promise<PressAnswer> {
    const t = texts(language)
    switch (action.do) {
      case 'collect': {
        const { transfer } = await body(
          core.claims.$post({ json: { transfer: action.transfer, by: person, key } }),
        )
        return { toast: t('press.collected', { amount: amountOf(transfer) }) }
      }
      case 'cancel':
      case 'decline': {
        const asked = { param: { id: action.transfer }, json: { by: person, key } }
        const one = core.transfers[':id']
        const transfer = await body(
          action.do === 'cancel' ? one.cancel.$post(asked) : one.decline.$post(asked),
        )
        const done = action.do === 'cancel' ? 'press.cancelled' : 'press.declined'
        return { toast: t(done, { amount: amountOf(transfer) }) }
      }
      case 'history': {
        if (action.of === 'person')
          return {
            toast: t('press.turned'),
            message: await historyOfPerson(core, person, action.cursor, language),
          }
        if (!(await messenger.isAdmin(chat, person))) return { toast: t('history.onlyAdmins') }
        return {
          toast: t('press.turned'),
          message: await historyOfGroup(core, messenger.name, chat, action.cursor, language),
        }
      }
    }
  }

  /** What went wrong, for the one who asked; what nobody foresaw is logged, and said plainly. */
  function inWords(error: unknown, language: string, what: object): string {
    if (error instanceof Misunderstood)
      return `${inWords(error.refused, language, what)}\n${error.explanation}`
    const t = texts(language)
    if (error instanceof Refused) {
      const key = error.code.includes('.') ? error.code : `refusals.${error.code}`
      const sentence = t(key as TextKey, error.details)
      if (sentence !== key) return sentence
    }
    log.error({ err: error, messenger: messenger.name, ...what }, 'a command could not be carried out')
    return t('refusals.unknown')
  }

  type Delivery = Awaited<ReturnType<typeof takeDeliveries>>['items'][number]
  const takeDeliveries = (seconds: number) =>
    body(
      core.deliveries[':messenger'].take.$post({
        param: { messenger: messenger.name },
        json: { limit: 20, seconds },
      }),
    )

  async function make(delivery: Delivery): Promise<void> {
    const { transfer } = delivery
    if (delivery.kind === 'redraw') {
      const { chat, message, language } = delivery.card
      return messenger.redraw({ chat, message }, drawCard(transfer, language))
    }
    const t = texts(supported(delivery.to.language ?? undefined))
    const other = delivery.notice === 'received' ? transfer.from : (transfer.collectedBy ?? transfer.to)
    const text = t(`notices.${delivery.notice}`, {
      amount: amountOf(transfer),
      name: nameOf(other, t),
      note: transfer.note ? t('notices.note', { note: transfer.note }) : '',
    })
    const { id, handle, name } = delivery.to
    await messenger.whisper(
      { messenger: messenger.name, id, handle: handle ?? undefined, name: name ?? undefined },
      { text },
    )
  }

  async function carryOut(delivery: Delivery): Promise<void> {
    const param = { messenger: messenger.name, id: delivery.id }
    const { done, failed } = core.deliveries[':messenger'][':id']
    try {
      await make(delivery)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      await body(
        failed.$post({
          param,
          json: { reason: reason.slice(0, 500), final: error instanceof Undeliverable },
        }),
      )
      return
    }
    await body(done.$post({ param }))
  }

  function deliver() {
    let stopping = false
    const loop = (async () => {
      while (!stopping) {
        try {
          const { items } = await takeDeliveries(2)
          await Promise.all(items.map(carryOut))
        } catch (error) {
          log.error(
            { err: error, messenger: messenger.name },
            'deliveries could not be taken; it is tried again',
          )
          if (!stopping) await new Promise((resolve) => setTimeout(resolve, 1000))
        }
      }
    })()
    return {
      stop: async () => {
        stopping = true
        await loop
      },
    }
  }

  return { hear, press, deliver }
}
