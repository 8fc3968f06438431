import { short } from '../../src/shared/text.ts'
import { Undeliverable } from '../messenger.ts'
import { type CardData, NOTICE } from './card.ts'
import { type DingtalkClient, DingtalkRefusal, REDRAW } from './client.ts'
import { whoseChat } from './people.ts'

/** The cards that the bot has posted, by the ids that it gives them. */
export interface PostedCards {
  /**
   * Posts a card. One of the same id is posted once.
   * @param mentioned who is notified, by id, and what they are called there
   * @throws Undeliverable where the bot can't write there
   */
  post(id: string, chat: string, data: CardData, mentioned?: Record<string, string>): Promise<void>
  /**
   * Changes what a card shows. What is asked for while a change is under way is made by one call after it.
   * @throws Undeliverable where there is no such card
   */
  change(id: string, change: Change): Promise<void>
}

/** What a card shows from now on; what isn't named stays. */
export interface Change {
  data?: Partial<CardData> | undefined
  /** What single readers see, by their ids. */
  notices?: Record<string, string>
}

/** The most readers of a card who are told something by one call. */
const MOST_NOTICES = 100

interface Waiting extends Change {
  notices: Record<string, string>
  done: Promise<void>
}

export function openCards(client: DingtalkClient, template: string, robotCode: string): PostedCards {
  const waiting = new Map<string, Waiting>()
  const underWay = new Map<string, Promise<void>>()

  async function post(
    id: string,
    chat: string,
    data: CardData,
    mentioned: Record<string, string> = {},
  ): Promise<void> {
    const whose = whoseChat(chat)
    const [first = ''] = `${data.title} ${data.body}`.trim().split('\n')
    const line = short(first, 100)
    // A card that somebody passes on would be tapped in chats that its buttons don't name.
    const space = { supportForward: false, lastMessageI18n: { ZH_CN: line, EN_US: line } }
    // https://open.dingtalk.com/document/orgapp/create-and-deliver-cards
    const asked = {
      cardTemplateId: template,
      outTrackId: id,
      callbackType: 'STREAM',
      userIdType: 1,
      cardData: { cardParamMap: data },
      ...(whose
        ? {
            openSpaceId: `dtv1.card//IM_ROBOT.${whose}`,
            imRobotOpenSpaceModel: space,
            imRobotOpenDeliverModel: { spaceType: 'IM_ROBOT', robotCode },
          }
        : {
            openSpaceId: `dtv1.card//IM_GROUP.${chat}`,
            imGroupOpenSpaceModel: space,
            imGroupOpenDeliverModel: { robotCode, atUserIds: mentioned },
          }),
    }
    try {
      const { result } = await client.call<Posted>('POST', '/v1.0/card/instances/createAndDeliver', asked)
      const failed = result?.deliverResults?.find(({ success }) => !success)
      if (failed) throw new Undeliverable(`createAndDeliver: ${failed.errorMsg}`)
    } catch (error) {
      // An attempt before has posted it, and its answer was lost.
      if (!(error instanceof DingtalkRefusal && /exist|duplicat/i.test(error.code))) throw error
    }
  }

  function change(id: string, { data, notices = {} }: Change): Promise<void> {
    const next = waiting.get(id)
    if (next && Object.keys(next.notices).length < MOST_NOTICES) {
      if (data) next.data = { ...next.data, ...data }
      Object.assign(next.notices, notices)
      return next.done
    }
    const before = next?.done ?? underWay.get(id) ?? Promise.resolve()
    const made: Waiting = { data, notices: { ...notices }, done: Promise.resolve() }
    made.done = before
      .catch(() => {})
      .then(() => {
        if (waiting.get(id) === made) waiting.delete(id)
        return write(id, made)
      })
      .finally(() => underWay.get(id) === made.done && underWay.delete(id))
    waiting.set(id, made)
    underWay.set(id, made.done)
    return made.done
  }

  /** https://open.dingtalk.com/document/orgapp/interactive-card-update-interface */
  async function write(id: string, { data, notices }: Waiting): Promise<void> {
    const told = Object.entries(notices)
    await client.call(
      'PUT',
      '/v1.0/card/instances',
      {
        outTrackId: id,
        userIdType: 1,
        ...(data && { cardData: { cardParamMap: data } }),
        ...(told.length > 0 && {
          privateData: Object.fromEntries(
            told.map(([userId, notice]) => [userId, { cardParamMap: { [NOTICE]: notice } }]),
          ),
        }),
        cardUpdateOptions: BY_NAME,
      },
      REDRAW,
    )
  }

  return { post, change }
}

/** What a change doesn't name stays. */
export const BY_NAME = { updateCardDataByKey: true, updatePrivateDataByKey: true }

interface Posted {
  result?: { deliverResults?: { success: boolean; errorMsg?: string }[] }
}
