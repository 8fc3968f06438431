import { type Language } from '../../src/shared/language.ts'

/** Texts that only DingTalk shows. */
interface DingtalkTexts {
  /** To somebody who isn't of the company. */
  outsider: string
  /** Where somebody is mentioned who isn't of the company. */
  outsiderNamed: string
  /** DingTalk doesn't tell the order of mentions. */
  whichAmount: string
  /** To a message that is none of plain text. */
  plainText: string
  /** Where an answer is for one person's eyes, whom the bot can't write to. */
  closed: string
  /** A moment by the clock of Beijing. */
  inBeijing(time: string): string
}

export const dingtalkTexts: Record<Language, DingtalkTexts> = {
  en: {
    outsider:
      'Only people of the company that this bot is of can send and collect here. The link of a card opens everywhere else.',
    outsiderNamed:
      'Somebody you mention isn’t of the company that this bot is of, so nothing was sent. Pass on the link of a card instead.',
    whichAmount:
      'DingTalk doesn’t tell which amount stands with whom, so nothing was asked for. Ask each of them by a message of their own.',
    plainText: 'I read plain text alone. Say "help" to see what I can do.',
    closed:
      'That is for your eyes alone, and I can’t write to you: ask whoever has set me up whether you may use me.',
    inBeijing: (time) => `${time}, Beijing time`,
  },
  'zh-Hans': {
    outsider: '只有本机器人所属企业的成员才能在这里转账和领取。卡片上的链接可以在别处打开。',
    outsiderNamed: '你 @ 的人里有本企业以外的人，所以没有转账。可以把卡片的链接发给对方。',
    whichAmount: '钉钉没有说明每个金额对应哪个人，所以没有发起收款。请给每个人单独发一条。',
    plainText: '我只看得懂纯文字消息。发送“帮助”看看我能做什么。',
    closed: '这些内容只能给你一个人看，但我无法给你发私聊：请问一下管理员，你是否在我的可用范围内。',
    inBeijing: (time) => `北京时间 ${time}`,
  },
}
