// One service with every messenger, and the same things to do in each.
import { freshDatabase } from '../database.ts'
import { startFakeDingtalk } from '../dingtalk/index.ts'
import { startFakeDiscord } from '../discord/index.ts'
import { startFakeFeishu } from '../feishu/index.ts'
import { startFakeLine } from '../line/index.ts'
import { startFakeMatrix } from '../matrix/index.ts'
import { startFakeQq } from '../qq/index.ts'
import { PUBLIC_URL, startTestService } from '../service.ts'
import { startFakeSlack } from '../slack/index.ts'
import { startFakeTelegram } from '../telegram/index.ts'
import { until } from '../until.ts'
import { startFakeWechat } from '../wechat/index.ts'
import { startFakeWecom } from '../wecom/index.ts'
import type { Reached } from '../with-bot.ts'
import { settingsOf } from '../xmpp/club.ts'
import { startPeople } from '../xmpp/people.ts'
import { hasProsody, startProsody } from '../xmpp/prosody.ts'
import { inDingtalk } from './dingtalk.ts'
import { inDiscord } from './discord.ts'
import { inFeishu } from './feishu.ts'
import { inLine } from './line.ts'
import { inMatrix } from './matrix.ts'
import { inPlayground } from './playground.ts'
import { inQq } from './qq.ts'
import { inSlack } from './slack.ts'
import { inTelegram } from './telegram.ts'
import { inWechat } from './wechat.ts'
import { inWecom } from './wecom.ts'
import { inXmpp } from './xmpp.ts'

/** A card, as it stands now. */
export interface Card {
  text(): string | Promise<string>
}

/** What a transfer is to be. */
export interface Wanted {
  amount: string
  asset?: string
  to?: Member
  note?: string
}

/** Somebody in a group, with 100 of the messenger's money. */
export interface Member {
  identity: { messenger: string; id: string }
  /** In which the bot talks with them. */
  language: string
  /** Has the card of a transfer posted in the group. */
  sends(wanted: Wanted): Promise<Card>
  /** Presses the button, or what stands for it. @returns what they alone are told */
  presses(card: Card, button: 'collect' | 'cancel' | 'decline'): Promise<string>
  /** Gives a command in the group. @returns what they are told */
  asks(command: 'history' | 'balance' | 'help'): Promise<string>
  /** Writes to the bot in private. @returns its answer */
  tells(words: string): Promise<string>
}

/** A messenger in which people meet. */
export interface Place {
  messenger: string
  /** What people there pass along. */
  asset: string
  /** A group of three, of which the first is the admin; without groups, three people. */
  group(): Promise<[Member, Member, Member]>
  balance(member: Member): Promise<string | undefined>
  /** What the bot has done there that the messenger would have refused. */
  breaches(): string[]
}

export type Everywhere = Awaited<ReturnType<typeof openEverywhere>>

/** The names of all messengers that can be had here. */
export const MESSENGERS = [
  'telegram',
  'discord',
  ...(hasProsody ? ['xmpp'] : []),
  'dingtalk',
  'feishu',
  'line',
  'slack',
  'wecom',
  'wechat',
  'qq',
  'matrix',
  'playground',
]

/** Those in which the bot is in no group, and nobody can be named. */
export const WITHOUT_GROUPS = ['qq', 'wechat']

export async function openEverywhere() {
  const telegram = await startFakeTelegram()
  const discord = await startFakeDiscord()
  const dingtalk = await startFakeDingtalk()
  const feishu = await startFakeFeishu()
  const line = await startFakeLine()
  const lineOperator = line.user('Olive')
  const slack = await startFakeSlack()
  const wecom = await startFakeWecom()
  const wechat = await startFakeWechat()
  const qq = await startFakeQq()
  const matrix = await startFakeMatrix()
  const fakes: Reached[] = [dingtalk, feishu, line, slack, wecom, wechat, qq, matrix]
  const prosody = hasProsody ? await startProsody() : undefined
  await prosody?.account('passalong', 'secret')
  const xmppPeople = prosody && (await startPeople(prosody))
  const database = await freshDatabase()
  const service = await startTestService({
    roles: ['api,worker', ...MESSENGERS].join(),
    database: database.url,
    operators: [`line:${lineOperator.id}`, `wecom:${wecom.boss.userId}`],
    environment: {
      PUBLIC_URL,
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_API_ROOT: telegram.url,
      DISCORD_BOT_TOKEN: discord.token,
      DISCORD_API_ROOT: discord.url,
      ...Object.assign({}, ...fakes.map(({ settings }) => settings)),
      ...(prosody && settingsOf(prosody)),
    },
  })
  await discord.until(() => discord.commands.length > 0)
  await telegram.until(() => telegram.callsOf('getUpdates').length > 0)
  for (const fake of fakes) {
    await fake.tellAt?.(service.url)
    await until(() => fake.arrivals?.() !== 0)
  }
  const playground = await inPlayground(service)
  const places: Place[] = [
    inTelegram(telegram, service),
    inDiscord(discord, service),
    inDingtalk(dingtalk, service),
    inFeishu(feishu, service),
    inLine(line, service, lineOperator),
    inSlack(slack, service),
    inWecom(wecom, service),
    inWechat(wechat, service),
    inQq(qq, service),
    inMatrix(matrix, service),
    ...(xmppPeople ? [inXmpp(xmppPeople, service)] : []),
    playground,
  ]
  return {
    service,
    place(messenger: string): Place {
      const place = places.find((one) => one.messenger === messenger)
      if (!place) throw new Error(`There is no ${messenger}.`)
      return place
    },
    troubles: () => [
      ...places.flatMap((place) => place.breaches()),
      ...service.log.filter((line) => /"level":"(error|fatal)"/.test(line)),
    ],
    async close() {
      playground.leave()
      await service.close()
      await database.drop()
      await telegram.stop()
      await discord.stop()
      for (const fake of fakes) await fake.stop()
      await xmppPeople?.close()
      await prosody?.close()
    },
  }
}
