import { expect } from 'vitest'
import type { ViewWithCode } from '../../src/transfers/view.ts'
import type { PagesUnderTest, Person } from './pages.ts'

/** What a person with a browser does on the pages, and what they read there. */
export function visitorOf(pages: () => PagesUnderTest) {
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(new URL(path, pages().url), { headers: { ...BROWSER, ...headers }, redirect: 'manual' })

  const post = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(new URL(path, pages().url), {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: { ...BROWSER, origin: pages().url, ...headers },
      redirect: 'manual',
    })

  /** Signs somebody in, and answers their cookie. */
  async function signIn(who: Person): Promise<{ cookie: string }> {
    const answer = await post('/session', { ticket: await pages().ticket(who) })
    expect(answer.status).toBe(303)
    return { cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '' }
  }

  return {
    get,
    post,
    signIn,
    claim: (transfer: ViewWithCode, by: Person) =>
      pages().call('POST', '/claims', { code: transfer.code, by }),
    stateOf: async ({ id }: ViewWithCode) => (await pages().core.transfers.byId(id))?.state,
  }
}

/** What a page says, without its markup. */
export const wordsOf = async (answer: Response): Promise<string> =>
  (await answer.text())
    .replace(/^[\s\S]*<body>/, '')
    .replace(/<[^>]*>/g, '')
    .replace(/\s+/g, ' ')

export const ada: Person = { messenger: 'telegram', id: '1', handle: 'ada', name: 'Ada' }
export const ben: Person = { messenger: 'telegram', id: '2', handle: 'ben', name: 'Ben' }
export const cleo: Person = { messenger: 'telegram', id: '3', name: 'Cleo' }

const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
