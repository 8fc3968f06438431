import { supported } from '../texts/index.ts'

/** The texts around the chats. `{{name}}` is replaced by a detail. */
const en = {
  title: 'Playground',
  line: 'Passalong playground: three people, one group chat. Play credits, worth nothing.',
  docs: 'API docs',
  noScript: 'The playground needs JavaScript. The API is described at',
  whosePhone: 'Whose phone',
  phoneOf: 'Phone of {{name}}',
  admin: 'admin',
  balance: 'Balance',
  chats: 'Chats',
  bot: 'Passalong',
  privateChat: 'Passalong bot',
  messages: 'Messages',
  keys: 'The arrow keys go from message to message, Tab to the buttons of one.',
  qr: 'QR code: collect {{amount}}',
  unread: '{{count}} unread',
  message: 'Message',
  placeholder: 'Message, or / for commands',
  send: 'Send',
  examples: 'Examples',
  commands: 'Commands',
  hint: 'Tap an example below, then send it.',
  reply: 'Reply to {{name}}',
  endReply: 'No reply',
  goesBack: 'Goes back in {{time}}',
  goesBackNow: 'Its time is over; it goes back now.',
  endsIn: 'Ends in {{time}}',
  lotsIn: 'Lots are drawn in {{time}}',
  lotsNow: 'Lots are drawn now.',
  isOver: 'Its time is over.',
  notSent: 'That did not get through. Try again.',
  offline: 'Connecting again…',
  restarted: 'The playground was restarted: its chats begin anew. Everybody has at least {{amount}} again.',
  close: 'Close',
  hereAlone: 'Links and QR codes open on this machine only. For phones, set PUBLIC_URL.',
  startTitle: 'Who opens this link?',
  startText: 'Opening it moves nothing. Whoever taps Collect then has the money.',
  startLater: 'Nobody',
}

const zhHans: typeof en = {
  title: '试玩',
  line: 'Passalong 试玩：三个人，一个群聊。试玩积分，没有实际价值。',
  docs: 'API 文档',
  noScript: '试玩需要 JavaScript。API 说明见',
  whosePhone: '谁的手机',
  phoneOf: '{{name}}的手机',
  admin: '管理员',
  balance: '余额',
  chats: '聊天',
  bot: 'Passalong',
  privateChat: 'Passalong 机器人',
  messages: '消息',
  keys: '用方向键在消息之间移动，用 Tab 键到达该消息的按钮。',
  qr: '二维码：领取 {{amount}}',
  unread: '{{count}} 条未读',
  message: '消息',
  placeholder: '输入消息，或用 / 选择命令',
  send: '发送',
  examples: '例子',
  commands: '命令',
  hint: '点下面的例子，再发送。',
  reply: '回复{{name}}',
  endReply: '取消回复',
  goesBack: '{{time}}后自动退回',
  goesBackNow: '时间已到，正在退回。',
  endsIn: '{{time}}后截止',
  lotsIn: '{{time}}后抽签',
  lotsNow: '正在抽签。',
  isOver: '时间已到。',
  notSent: '没有发出去，请再试一次。',
  offline: '正在重新连接…',
  restarted: '试玩已重新启动：聊天从头开始，每人至少有 {{amount}}。',
  close: '关闭',
  hereAlone: '链接和二维码只能在这台电脑上打开。要用手机扫码，请设置 PUBLIC_URL。',
  startTitle: '谁来打开这个链接？',
  startText: '打开链接不会转钱；谁点“领取”，钱就归谁。',
  startLater: '都不是',
}

export type Words = typeof en

/** The texts of a language, or of the nearest one that there is. */
export const wordsOf = (language: string | undefined): Words =>
  ({ en, 'zh-Hans': zhHans })[supported(language)]

/** A text with its details. */
export const fill = (text: string, details: Record<string, string>): string =>
  text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => details[name] ?? '')
