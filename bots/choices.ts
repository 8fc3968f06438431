import { type Action, decodeAction, encodeAction } from './actions.ts'
import { type ApiClient, body } from './client.ts'
import type { Button } from './messenger.ts'

/** A chat of a messenger without buttons. */
interface TextChat {
  messenger: string
  chat: string
}

/** What to type, or to open, in place of each button: `/41 – Collect`. */
export async function linesFor(buttons: Button[], { messenger, chat }: TextChat, api: ApiClient) {
  const actions = buttons.flatMap((button) => ('action' in button ? encodeAction(button.action) : []))
  const { numbers } =
    actions.length > 0
      ? await body(
          api.chats[':messenger'][':chat'].choices.$post({ param: { messenger, chat }, json: { actions } }),
        )
      : { numbers: [] }
  const next = numbers.values()
  return buttons.map((button) =>
    'url' in button ? `${button.label}\n${button.url}` : `/${next.next().value} – ${button.label}`,
  )
}

/** Whether the name of a typed command is the number of a choice. */
export const isChoice = (name: string): boolean => /^\d{1,9}$/.test(name)

/** The action that somebody has chosen in a chat by its number; undefined where the chat was not offered it. */
export async function actionOf(
  number: string,
  { messenger, chat }: TextChat,
  api: ApiClient,
): Promise<Action | undefined> {
  const { action } = await body(
    api.chats[':messenger'][':chat'].choices[':number'].$get({ param: { messenger, chat, number } }),
  )
  return action === null ? undefined : decodeAction(action)
}
