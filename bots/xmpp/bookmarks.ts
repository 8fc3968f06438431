import { xml } from '@xmpp/client'
import { type Connection, isStanzaError, type Stanza } from './connection.ts'
import { NS } from './stanzas.ts'

/** A room that the bot is to be in. */
export interface Bookmark {
  room: string
  password?: string | undefined
}

/** The rooms to which the bot was invited, as its account on the server keeps them. https://xmpp.org/extensions/xep-0402.html */
export async function readBookmarks({ ask }: Connection): Promise<Bookmark[]> {
  const answer = await ask('get', undefined, pubsub(xml('items', { node: NS.bookmarks }))).catch(
    unlessMissing,
  )
  const items = answer?.getChild('pubsub', NS.pubsub)?.getChild('items')?.getChildren('item') ?? []
  return items.flatMap((item) => {
    const conference = item.getChild('conference', NS.bookmarks)
    const { id: room } = item.attrs
    if (!room || !conference || !['true', '1'].includes(conference.attrs.autojoin ?? '')) return []
    return { room, password: conference.getChildText('password') ?? undefined }
  })
}

/** Only the account itself may read it, as it may hold a room's password. */
export async function addBookmark({ ask }: Connection, { room, password }: Bookmark): Promise<void> {
  const conference = xml(
    'conference',
    { xmlns: NS.bookmarks, autojoin: 'true' },
    ...(password ? [xml('password', {}, password)] : []),
  )
  const options = {
    FORM_TYPE: 'http://jabber.org/protocol/pubsub#publish-options',
    'pubsub#persist_items': 'true',
    'pubsub#max_items': 'max',
    'pubsub#access_model': 'whitelist',
  }
  const fields = Object.entries(options).map(([name, value]) =>
    xml('field', { var: name, ...(name === 'FORM_TYPE' && { type: 'hidden' }) }, xml('value', {}, value)),
  )
  await ask(
    'set',
    undefined,
    pubsub(
      xml('publish', { node: NS.bookmarks }, xml('item', { id: room }, conference)),
      xml('publish-options', {}, xml('x', { xmlns: 'jabber:x:data', type: 'submit' }, ...fields)),
    ),
  )
}

/** Does nothing where there is none. */
export async function removeBookmark({ ask }: Connection, room: string): Promise<void> {
  const retract = xml('retract', { node: NS.bookmarks }, xml('item', { id: room }))
  await ask('set', undefined, pubsub(retract)).catch(unlessMissing)
}

/** Before the first bookmark there is no place for them. */
function unlessMissing(error: unknown): undefined {
  if (!(isStanzaError(error) && error.condition === 'item-not-found')) throw error
}

const pubsub = (...children: Stanza[]) => xml('pubsub', { xmlns: NS.pubsub }, ...children)
