import type { Language } from '../../src/shared/language.ts'

/** Texts that only Feishu shows. */
interface FeishuTexts {
  /** To somebody whose tap takes longer than Feishu waits. */
  working: string
  /** To a message that is none of text. */
  onlyText: string
  /** Where an answer is for one person's eyes, whom the bot can't write to. */
  closed: string
}

export const feishuTexts: Record<Language, FeishuTexts> = {
  en: {
    working: 'It is being done. The card, or a private message, says in a moment what came of it.',
    onlyText: 'I read text alone. Say "help" to see what I can do.',
    closed:
      'That is for your eyes alone, and I can’t write to you: ask whoever has set me up whether you may use me.',
  },
  'zh-Hans': {
    working: '正在处理，结果稍后显示在卡片上或私聊告诉你。',
    onlyText: '我只看得懂文字消息。发送“帮助”看看我能做什么。',
    closed: '这些内容只能给你一个人看，但我无法给你发私聊：请问一下管理员，你是否在我的可用范围内。',
  },
}
