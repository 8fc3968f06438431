import { type Language } from '../../src/shared/language.ts'
import type { Command, Option } from '../commands/command.ts'

/** Texts that only Discord shows. It takes names of commands and options in lower case, without blanks. */
interface DiscordTexts {
  commands: Record<Command['name'], string>
  options: Record<Option['name'], string>
  sendTo: string
  reward: string
  form(name: string): string
  amount: string
  note: string
  /** On a card that can be redrawn only for a while. */
  linkKnows: string
}

export const discordTexts: Record<Language, DiscordTexts> = {
  en: {
    commands: {
      send: 'send',
      red: 'red',
      request: 'request',
      split: 'split',
      pool: 'pool',
      collect: 'collect',
      cancel: 'cancel',
      waiting: 'waiting',
      refund: 'refund',
      balance: 'balance',
      history: 'history',
      pay: 'pay',
      join: 'join',
      part: 'part',
      link: 'link',
      unlink: 'unlink',
      notices: 'notices',
      rules: 'rules',
      admins: 'admins',
      feedback: 'feedback',
      forget: 'forget',
      help: 'help',
      start: 'start',
    },
    options: {
      amount: 'amount',
      count: 'count',
      draw: 'shares',
      takers: 'takers',
      list: 'list',
      time: 'time',
      asset: 'asset',
      who: 'who',
      people: 'people',
      note: 'note',
      code: 'code',
      switch: 'switch',
      words: 'words',
      rule: 'rule',
      invitation: 'code',
      linking: 'code',
      picture: 'picture',
      phrase: 'phrase',
    },
    sendTo: 'Send to…',
    reward: 'Reward this message',
    form: (name) => `Send to ${name}`,
    amount: 'Amount',
    note: 'Note',
    linkKnows: 'This card may stop changing after 15 minutes: the link shows how it stands.',
  },
  'zh-Hans': {
    commands: {
      send: '转账',
      red: '红包',
      request: '收款',
      split: '分摊',
      pool: '凑钱',
      collect: '领取',
      cancel: '撤回',
      waiting: '待领取',
      refund: '退还',
      balance: '余额',
      history: '记录',
      pay: '支付',
      join: '合并',
      part: '分开',
      link: '关联',
      unlink: '取消关联',
      notices: '提醒',
      rules: '群规',
      admins: '管理员',
      feedback: '反馈',
      forget: '忘记我',
      help: '帮助',
      start: '开始',
    },
    options: {
      amount: '金额',
      count: '份数',
      draw: '分法',
      takers: '谁可领',
      list: '名单',
      time: '时间',
      asset: '资产',
      who: '给谁',
      people: '哪些人',
      note: '备注',
      code: '领取码',
      switch: '开关',
      words: '内容',
      rule: '规则',
      invitation: '合并码',
      linking: '关联码',
      picture: '图片',
      phrase: '口令',
    },
    sendTo: '转账给…',
    reward: '打赏这条消息',
    form: (name) => `转账给 ${name}`,
    amount: '金额',
    note: '备注',
    linkKnows: '15 分钟后这张卡片可能不再更新，最新状态请看链接。',
  },
}
