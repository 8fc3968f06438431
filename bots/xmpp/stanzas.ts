import { xml } from '@xmpp/client'
import type { Stanza } from './connection.ts'

/** Namespaces of the XEPs that we use. */
export const NS = {
  muc: 'http://jabber.org/protocol/muc',
  mucUser: 'http://jabber.org/protocol/muc#user',
  mucAdmin: 'http://jabber.org/protocol/muc#admin',
  disco: 'http://jabber.org/protocol/disco#info',
  pubsub: 'http://jabber.org/protocol/pubsub',
  bookmarks: 'urn:xmpp:bookmarks:1',
  invitation: 'jabber:x:conference',
  replace: 'urn:xmpp:message-correct:0',
  delay: 'urn:xmpp:delay',
  ids: 'urn:xmpp:sid:0',
  reply: 'urn:xmpp:reply:0',
  fallback: 'urn:xmpp:fallback:0',
  forward: 'urn:xmpp:forward:0',
  carbons: 'urn:xmpp:carbons:2',
  nick: 'http://jabber.org/protocol/nick',
  ping: 'urn:xmpp:ping',
  styling: 'urn:xmpp:styling:0',
} as const

/** An address without its resource, which is a device of somebody's, or the name of somebody in a room. */
export const bare = (address: string): string => address.split('/', 1)[0] ?? ''

/** The resource of an address. */
export const resourceOf = (address: string): string => address.slice(bare(address).length + 1)

/** The codes by which a room says what has happened. https://xmpp.org/registrar/mucstatus.html */
export const codesIn = (stanza: Stanza): string[] =>
  stanza
    .getChild('x', NS.mucUser)
    ?.getChildren('status')
    .flatMap(({ attrs }) => attrs.code ?? []) ?? []

/** @param replaces the id of the message that it corrects. https://xmpp.org/extensions/xep-0308.html */
export const messageTo = (
  to: string,
  {
    id,
    type,
    text,
    replaces,
  }: { id: string; type: 'chat' | 'groupchat'; text: string; replaces?: string | undefined },
): Stanza =>
  xml(
    'message',
    { to, type, id },
    xml('body', {}, writable(text)),
    // Names and notes hold signs that clients would take for markup. https://xmpp.org/extensions/xep-0393.html#disable
    xml('unstyled', { xmlns: NS.styling }),
    ...(replaces ? [xml('replace', { xmlns: NS.replace, id: replaces })] : []),
  )

/** Without the characters that XML can't hold: one of them ends the whole stream. https://www.w3.org/TR/xml/#charsets */
const writable = (text: string): string => text.toWellFormed().replace(/[^\P{Cc}\n\t]|[\ufffe\uffff]/gu, '')
