import type { Language } from '../../src/shared/language.ts'

/** Texts that only XMPP shows. */
interface XmppTexts {
  /** To somebody who writes to the bot end to end encrypted. */
  encrypted: string
  /** In a room in which nobody's address is shown. */
  hidden: string
}

export const xmppTexts: Record<Language, XmppTexts> = {
  en: {
    encrypted:
      'I can’t read encrypted messages. Turn encryption (OMEMO, OpenPGP) off for this chat, and write it again.',
    hidden:
      'This room hides who is who, so nobody can be paid here. Its owner can change that: in the room’s settings let everybody see real addresses.',
  },
  'zh-Hans': {
    encrypted: '我读不了加密的消息。请在这个聊天里关闭加密（OMEMO、OpenPGP），再写一次。',
    hidden: '这个房间隐藏了成员的真实地址，没法在这里付款。房主可以在房间设置里让所有人看到真实地址。',
  },
}
