import type { Language } from '../../src/shared/language.ts'
import { texts } from '../texts/index.ts'
import type { WechatClient } from './client.ts'

/** Makes the menu below the chat: what is chosen there comes as a command. https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Creating_Custom-Defined_Menu.html */
export async function createMenu(client: WechatClient, language: Language): Promise<void> {
  const t = texts(language)
  const button = (command: 'send' | 'balance' | 'history' | 'waiting' | 'help') => ({
    type: 'click',
    name: t(`wechat.menu.${command}`),
    key: command,
  })
  await client.call('/cgi-bin/menu/create', {
    button: [
      button('send'),
      button('balance'),
      { name: t('wechat.menu.more'), sub_button: [button('history'), button('waiting'), button('help')] },
    ],
  })
}
