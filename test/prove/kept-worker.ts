import { type ChildProcess, fork } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { join } from 'node:path'
import type { PoolOptions, PoolWorker } from 'vitest/node'

type WorkerRequest = Parameters<PoolWorker['send']>[0]

/** The process that all runs share. Vitest ends its own when no file is left, and to start one takes longer than most tests. */
let kept: { child: ChildProcess; isReady: boolean } | undefined

/** The next run has a new process. */
export async function endKept(): Promise<void> {
  if (!kept) return
  const exit = once(kept.child, 'exit')
  kept.child.kill('SIGKILL')
  await exit
}

/** What a run of Vitest sees of it. */
export class KeptWorker implements PoolWorker {
  readonly name = 'kept'
  readonly #options: PoolOptions
  readonly #events = new EventEmitter()
  #forget = () => {}

  constructor(options: PoolOptions) {
    this.#options = options
  }

  on = (event: string, listener: (...words: unknown[]) => void) => void this.#events.on(event, listener)
  off = (event: string, listener: (...words: unknown[]) => void) => void this.#events.off(event, listener)
  deserialize = (data: unknown) => data

  async start(): Promise<void> {
    kept ??= this.#fork()
    const { child } = kept
    const forwards = ['message', 'error', 'exit'].map((event) => {
      const forward = (...words: unknown[]) => {
        // Node throws an error that nobody listens to.
        if (this.#events.listenerCount(event) > 0) this.#events.emit(event, ...words)
      }
      child.on(event, forward)
      return () => child.off(event, forward)
    })
    this.#forget = () => {
      for (const forget of forwards) forget()
    }
  }

  send(message: WorkerRequest): void {
    if (message.type === 'stop' || !kept) this.#answer('stopped')
    else if (message.type === 'start' && kept.isReady) this.#answer('started')
    else kept.child.send(message)
    if (message.type === 'start' && kept) kept.isReady = true
  }

  async stop(): Promise<void> {
    this.#forget()
  }

  #fork() {
    const { distPath, env, execArgv } = this.#options
    const child = fork(join(distPath, 'workers/forks.js'), {
      env,
      execArgv,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    child.once('exit', () => {
      kept = undefined
    })
    return { child, isReady: false }
  }

  #answer(type: 'started' | 'stopped') {
    this.#events.emit('message', { __vitest_worker_response__: true, type })
  }
}
