import { AsyncLocalStorage } from 'node:async_hooks'

/** The id that a caller has given its request, by the header `X-Request-Id`; undefined where there is none, or it is not of the right form. */
export const givenRequestId = (header: string | null | undefined): string | undefined =>
  header && /^[\w-]{8,255}$/.test(header) ? header : undefined

/** Answers a request, which whatever it causes can name by the id that its caller has given it. */
export function underItsId<T>(request: Request, answer: () => T): T {
  const id = givenRequestId(request.headers.get('x-request-id'))
  return id === undefined ? answer() : underWay.run(id, answer)
}

/** The id of the request that is under way, where its caller has given it one. */
export const requestIdUnderWay = (): string | undefined => underWay.getStore()

const underWay = new AsyncLocalStorage<string>()
