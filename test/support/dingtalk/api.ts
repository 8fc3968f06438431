// The two APIs of the fake, which refuse what the real ones refuse. Codes of refusals are the documented ones, where there are any.
import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import type { z } from 'zod'
import {
  AccessToken,
  ButtonGroup,
  CreateAndDeliver,
  GroupMessage,
  OpenConnection,
  PrivateMessages,
  SessionMessage,
  UpdateCard,
  UserQuery,
} from './shapes.ts'
import { Card, type Chat, OWN_VARIABLES, Said, VARIABLES, type World } from './world.ts'

export interface App {
  clientId: string
  clientSecret: string
  template: string
}

/** What was asked of the APIs. */
export interface Call {
  path: string
  body: Record<string, unknown>
  status: number
}

/** What the tests set. */
export interface Faults {
  /** Whether the app may not read the directory. */
  hidesDirectory: boolean
  /** Calls of a path fail so often with 500, after they were carried out. */
  failing: Map<string, number>
  /** Held up calls, by path. */
  held: Map<string, Promise<void>>
}

/** Calls of each kind in a second. */
const MOST_A_SECOND = 20
const TICKET_MS = 90_000

class Refused extends Error {
  readonly status: 400 | 401 | 403
  readonly code: string
  constructor(status: 400 | 401 | 403, code: string) {
    super(code)
    this.status = status
    this.code = code
  }
}

export function createApi(app: App, world: World, streamUrl: () => string) {
  const calls: Call[] = []
  const floods: string[] = []
  const tokens = new Set<string>()
  const tickets = new Map<string, { until: number; topics: Set<string> }>()
  const media = new Set<string>()
  const webhooks = new Map<string, Chat>()
  const faults: Faults = { hidesDirectory: false, failing: new Map(), held: new Map() }
  const lately = new Map<string, number[]>()

  function checkRate(path: string): void {
    const now = performance.now()
    const recent = (lately.get(path) ?? []).filter((at) => now - at < 1000)
    lately.set(path, recent)
    if (recent.length >= MOST_A_SECOND) {
      floods.push(path)
      throw new Refused(403, 'Forbidden.AccessDenied.QpsLimitForApi')
    }
    recent.push(now)
  }

  const isApp = (id: string, secret: string) => id === app.clientId && secret === app.clientSecret

  function checkVariables(data: Record<string, string>, known: string[]): void {
    for (const name of Object.keys(data)) if (!known.includes(name)) throw new Refused(400, `param.${name}`)
    if ('buttons' in data && !ButtonGroup.safeParse(data.buttons).success)
      throw new Refused(400, 'param.buttons')
    // A card shows no other picture than an uploaded one.
    if (data.picture && !media.has(data.picture)) throw new Refused(400, 'getPictureFailed')
  }

  /** The chat of a space, where the bot may write. */
  function chatOf(openSpaceId: string): Chat {
    const [, kind, id = ''] = /^dtv1\.card\/\/IM_(GROUP|ROBOT)\.(.+)$/.exec(openSpaceId) ?? []
    return kind === 'GROUP' ? groupOf(id) : privateChatOf(id)
  }
  function groupOf(id: string): Chat {
    const group = world.groups.find((one) => one.id === id)
    if (!group) throw new Refused(400, 'decryptOpenconversationIdFailed')
    if (!group.hasBot) throw new Refused(400, 'chatbotNotInstall')
    return group
  }
  function privateChatOf(userId: string): Chat {
    const user = world.userOf(userId)
    if (!user) throw new Refused(400, 'param.userIdNotExist')
    return world.privateChat(user)
  }

  const routes: Record<string, (body: never) => object> = {}
  const route = <T extends z.ZodType>(name: string, shape: T, answer: (body: z.output<T>) => object) => {
    routes[name] = (raw: unknown) => {
      const read = shape.safeParse(raw)
      if (!read.success) throw new Refused(400, `invalidParameter: ${read.error.message}`)
      return answer(read.data)
    }
  }

  route('POST /v1.0/oauth2/accessToken', AccessToken, ({ appKey, appSecret }) => {
    if (!isApp(appKey, appSecret)) throw new Refused(400, 'invalidClientIdOrSecret')
    const accessToken = randomUUID()
    tokens.add(accessToken)
    return { accessToken, expireIn: 7200 }
  })

  route('POST /v1.0/gateway/connections/open', OpenConnection, (asked) => {
    if (!isApp(asked.clientId, asked.clientSecret)) throw new Refused(401, 'authFailed')
    const ticket = randomUUID()
    const topics = new Set(asked.subscriptions.map(({ topic }) => topic))
    tickets.set(ticket, { until: performance.now() + TICKET_MS, topics })
    return { endpoint: streamUrl(), ticket }
  })

  route('POST /v1.0/card/instances/createAndDeliver', CreateAndDeliver, (asked) => {
    const { cardTemplateId, outTrackId, cardData, openSpaceId, userIdType } = asked
    const { imGroupOpenDeliverModel: inGroup, imRobotOpenDeliverModel: inPrivate } = asked
    if (cardTemplateId !== app.template) throw new Refused(400, 'invalidParameter.cardTemplate.notFound')
    if (userIdType !== 1) throw new Refused(400, 'param.userIdType')
    const chat = chatOf(openSpaceId)
    const model = chat.kind === 'group' ? inGroup : inPrivate
    const space = chat.kind === 'group' ? asked.imGroupOpenSpaceModel : asked.imRobotOpenSpaceModel
    if (!model || !space) throw new Refused(400, 'param.openSpaceModelInvalid')
    if (model.robotCode !== app.clientId) throw new Refused(400, 'chatbot.notFound')
    const mentioned = Object.keys(inGroup?.atUserIds ?? {})
    if (mentioned.some((id) => !chat.members.some(({ userId }) => userId === id)))
      throw new Refused(400, 'userNotExist')
    checkVariables(cardData.cardParamMap, VARIABLES)
    // Which code the real one has for it no page says.
    if (world.cards.has(outTrackId)) throw new Refused(400, 'param.outTrackIdExist')
    const card = new Card(outTrackId, chat, cardData.cardParamMap, mentioned)
    world.cards.set(outTrackId, card)
    chat.said.push(card)
    const spaceType = chat.kind === 'group' ? 'IM_GROUP' : 'IM_ROBOT'
    const deliverResults = [{ spaceId: chat.id, spaceType, success: true, carrierId: randomUUID() }]
    return { success: true, result: { outTrackId, deliverResults } }
  })

  route('PUT /v1.0/card/instances', UpdateCard, ({ outTrackId, cardData, privateData = {}, ...asked }) => {
    const card = world.cards.get(outTrackId)
    if (!card) throw new Refused(400, 'param.cardNotExist')
    const { cardUpdateOptions } = asked
    if (!cardUpdateOptions?.updateCardDataByKey || !cardUpdateOptions.updatePrivateDataByKey)
      throw new Refused(400, 'the fake changes cards by key alone')
    if (cardData) {
      checkVariables(cardData.cardParamMap, VARIABLES)
      card.change(cardData.cardParamMap)
    }
    for (const [userId, { cardParamMap }] of Object.entries(privateData)) {
      if (!world.userOf(userId)) throw new Refused(400, 'param.userIdNotExist')
      checkVariables(cardParamMap, OWN_VARIABLES)
      card.changeFor(userId, cardParamMap)
    }
    return { success: true, result: true }
  })

  route(
    'POST /v1.0/robot/groupMessages/send',
    GroupMessage,
    ({ robotCode, msgParam, openConversationId }) => {
      if (robotCode !== app.clientId) throw new Refused(400, 'chatbot.notFound')
      groupOf(openConversationId).said.push(new Said(msgParam.content))
      return { processQueryKey: randomUUID() }
    },
  )

  route('POST /v1.0/robot/oToMessages/batchSend', PrivateMessages, ({ robotCode, msgParam, userIds }) => {
    if (robotCode !== app.clientId) throw new Refused(400, 'chatbot.notFound')
    const reached = userIds.flatMap((id) => world.userOf(id) ?? [])
    for (const user of reached) world.privateChat(user).said.push(new Said(msgParam.content))
    return {
      processQueryKey: randomUUID(),
      invalidStaffIdList: userIds.filter((id) => !world.userOf(id)),
      flowControlledStaffIdList: [],
    }
  })

  route('POST /topapi/v2/user/get', UserQuery, ({ userid }) => {
    const user = world.userOf(userid)
    if (faults.hidesDirectory) return { errcode: 60011, errmsg: '应用尚未开通所需的权限：[qyapi_get_member]' }
    if (!user) return { errcode: 60121, errmsg: '找不到该用户' }
    const { name, isAdmin: admin } = user
    return { errcode: 0, errmsg: 'ok', result: { userid, name, admin, boss: false, unionid: randomUUID() } }
  })

  const http = new Hono()
  http.post('/robot/sendBySession', async (c) => {
    const chat = webhooks.get(c.req.query('session') ?? '')
    const read = SessionMessage.safeParse(await c.req.json())
    calls.push({ path: '/robot/sendBySession', body: {}, status: 200 })
    if (!chat || !read.success) return c.json({ errcode: 300001, errmsg: 'session 不存在' })
    chat.said.push(new Said(read.data.text.content))
    return c.json({ errcode: 0, errmsg: 'ok' })
  })
  http.post('/media/upload', async (c) => {
    if (!tokens.has(c.req.query('access_token') ?? ''))
      return c.json({ errcode: 40014, errmsg: '不合法的access_token' })
    const file = (await c.req.formData()).get('media')
    const isImage = c.req.query('type') === 'image' && file instanceof File && file.name.endsWith('.png')
    calls.push({ path: '/media/upload', body: {}, status: 200 })
    if (!isImage || file.size === 0) return c.json({ errcode: 40005, errmsg: '不合法的文件类型' })
    const id = `@lADP${randomUUID()}`
    media.add(id)
    return c.json({ errcode: 0, errmsg: 'ok', type: 'image', media_id: id, created_at: Date.now() })
  })
  http.all('*', async (c) => {
    const { path } = c.req
    const carryOut = routes[`${c.req.method} ${path}`]
    if (!carryOut) return c.json({ code: 'InvalidAction.NotFound', message: path }, 404 as never)
    const isOpen = path.endsWith('/accessToken') || path.endsWith('/connections/open')
    const isOlder = path.startsWith('/topapi/')
    const body = (await c.req.json()) as never
    const shown = { ...(body as object), clientSecret: undefined, appSecret: undefined }
    const answer = (json: object, status: number) => {
      calls.push({ path, body: shown, status })
      return c.json(json, status as never)
    }
    await faults.held.get(path)
    const token = isOlder ? c.req.query('access_token') : c.req.header('x-acs-dingtalk-access-token')
    if (!isOpen && !tokens.has(token ?? ''))
      return isOlder
        ? answer({ errcode: 40014, errmsg: '不合法的access_token' }, 200)
        : answer({ code: 'InvalidAuthentication', message: '不合法的access_token' }, 401)
    try {
      checkRate(path)
      const done = carryOut(body)
      const failing = faults.failing.get(path) ?? 0
      faults.failing.set(path, failing - 1)
      return failing > 0 ? answer({ code: 'ServiceUnavailable', message: '' }, 500) : answer(done, 200)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return answer({ code: error.code, message: error.code, requestid: randomUUID() }, error.status)
    }
  })

  return {
    http,
    calls,
    floods,
    faults,
    tokens,
    /** The topics of a ticket, which is good once, for 90 seconds; undefined where it isn't. */
    useTicket(ticket: string): Set<string> | undefined {
      const known = tickets.get(ticket)
      tickets.delete(ticket)
      return known && performance.now() < known.until ? known.topics : undefined
    },
    /** An address that takes an answer to a message. */
    webhook(chat: Chat): string {
      const session = randomUUID()
      webhooks.set(session, chat)
      return `/robot/sendBySession?session=${session}`
    },
  }
}
