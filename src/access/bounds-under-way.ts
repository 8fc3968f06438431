import { AsyncLocalStorage } from 'node:async_hooks'
import type { Bounds } from '../ledger/bounds.ts'

/** Answers a request of a program whose token is held to something: so is all money that it moves meanwhile. */
export const withinBounds = <T>(bounds: Bounds, answer: () => T): T => underWay.run(bounds, answer)

/** What the token of the request that is under way is held to, if it is. */
export const boundsUnderWay = (): Bounds | undefined => underWay.getStore()

const underWay = new AsyncLocalStorage<Bounds>()
