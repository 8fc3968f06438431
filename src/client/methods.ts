import type { Operations } from './api.ts'
import type { Answer, CallOptions, Operation, Request } from './request.ts'

/**
 * Makes methods of operations. They take what stands in the address, as a text where that is one thing; then the query or the body; then
 * the options.
 */
export function methodsOf(request: Request): Methods {
  const call = (operation: Operation, values: unknown[], inputOf: (value: never) => object) => {
    const [address, value, options] = operation.includes('{') ? values : [undefined, ...values]
    const [, name = ''] = /\{(\w+)\}/.exec(operation) ?? []
    const path = typeof address === 'string' ? { [name]: address } : address
    // What a method takes and answers is said by its type.
    const input = { path, ...inputOf(value as never) } as never
    return request(operation, input, options as CallOptions) as Promise<never>
  }
  const pageOf = (operation: Operation, values: unknown[], cursor?: unknown): Promise<Page> =>
    call(operation, values, (query: object) => ({
      query: cursor === undefined ? query : { ...query, cursor },
    }))

  return {
    get:
      (operation) =>
      (...values) =>
        call(operation, values, (query) => ({ query })),
    list:
      (operation) =>
      (...values) => {
        const first = pageOf(operation, values)
        async function* all() {
          for (let page = await first; ; page = await pageOf(operation, values, page.next)) {
            yield* page.items
            if (page.next === undefined || page.next === null) return
          }
        }
        return Object.assign(first, { [Symbol.asyncIterator]: all }) as never
      },
    post:
      (operation) =>
      (...values) =>
        call(operation, values, (body) => ({ body })),
    act: (operation) => (address, options) => call(operation, [address, undefined, options], () => ({})),
    keyed:
      (operation) =>
      (...values) =>
        call(operation, values, (body) => ({ body: withKey(body) })),
    batch:
      (operation) =>
      async (...values) => {
        const answer: Page = await call(operation, values, (items: object[]) => ({
          body: { items: items.map(withKey) },
        }))
        return answer.items as never
      },
  }
}

interface Page {
  items: unknown[]
  next?: unknown
}

/** The caller's own key, or one that nobody else has. */
const withKey = (body: { key?: string }) => ({ ...body, key: body.key ?? crypto.randomUUID() })

interface Methods {
  /** Of an operation that looks at one thing. */
  get<O extends Gets>(operation: O): Get<O>
  /** Of an operation that answers items, on one page or on several. */
  list<O extends Lists>(operation: O): List<O>
  /** Of an operation that takes a body without a key. */
  post<O extends Posts>(operation: O): Post<O>
  /** Of an operation that takes nothing but what stands in the address. */
  act<O extends Acts>(operation: O): Act<O>
  /** Of an operation that is carried out once for each key. */
  keyed<O extends Keyed>(operation: O): Post<O>
  /** Of an operation on many, each with a key. */
  batch<O extends Batches>(operation: O): Batch<O>
}

type Looks = Extract<Operation, `GET ${string}`>
type Lists = { [O in Looks]: Answer<O> extends { items: unknown[] } ? O : never }[Looks]
type Gets = Exclude<Looks, Lists>
type WithBody = { [O in Operation]: Operations[O] extends { body: unknown } ? O : never }[Operation]
type Batches = Extract<WithBody, `${string}:batch`>
type Keyed = { [O in WithBody]: 'key' extends keyof Operations[O]['body'] ? O : never }[WithBody]
type Posts = Exclude<WithBody, Keyed | Batches>
type Acts = { [O in Operation]: Operations[O] extends { path: unknown } ? O : never }[Exclude<
  Operation,
  Looks | WithBody
>]

export type Get<O extends Gets> = (
  ...values: [...Address<O>, ...Query<O>, options?: CallOptions]
) => Promise<Answer<O>>

export type List<O extends Lists> = (
  ...values: [...Address<O>, ...Query<O>, options?: CallOptions]
) => Listed<Answer<O>>

/** The first page, when it is awaited; all items of this page and of those that follow, in `for await`. */
export type Listed<P extends { items: unknown[] }> = Promise<P> & AsyncIterable<P['items'][number]>

export type Post<O extends WithBody> = (
  ...values: [...Address<O>, body: Operations[O]['body'], options?: CallOptions]
) => Promise<Answer<O>>

export type Act<O extends Acts> = (address: Address<O>[0], options?: CallOptions) => Promise<Answer<O>>

export type Batch<O extends Batches> = (
  items: Operations[O]['body']['items'],
  options?: CallOptions,
) => Promise<Answer<O>['items']>

type Address<O extends Operation> = Operations[O] extends { path: infer Path }
  ? [address: Only<Path> | Path]
  : []

/** The type of an object's only member; of several none. */
type Only<T> = { [K in keyof T]: [keyof T] extends [K] ? T[K] : never }[keyof T]

type Query<O extends Operation> = 'query' extends keyof Operations[O]
  ? Operations[O] extends { query: infer Q }
    ? [query: Q]
    : Operations[O] extends { query?: infer Q }
      ? [query?: Q]
      : never
  : [query?: Record<string, never>]
