import { type ChildProcess, fork } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { join } from 'node:path'
import type { PoolOptions, PoolWorker } from 'vitest/node'

type WorkerRequest = Parameters<PoolWorker['send']>[0]

/** A process for tests that outlives a run. Vitest ends its own when no file is left, and to start one takes longer than most tests. */
export class KeptWorker implements PoolWorker {
  readonly name = 'kept'
  readonly #options: PoolOptions
  readonly #events = new EventEmitter()
  #process: ChildProcess | undefined
  #isReady = false

  constructor(options: PoolOptions) {
    this.#options = options
  }

  on = (event: string, listener: (...words: unknown[]) => void) => void this.#events.on(event, listener)
  off = (event: string, listener: (...words: unknown[]) => void) => void this.#events.off(event, listener)
  deserialize = (data: unknown) => data

  async start(): Promise<void> {
    if (this.#process) return
    const { distPath, env, execArgv } = this.#options
    const child = fork(join(distPath, 'workers/forks.js'), {
      env,
      execArgv,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    this.#process = child
    this.#isReady = false
    for (const event of ['message', 'error'])
      child.on(event, (...words) => {
        // Between two runs nobody listens, and Node throws an error that nobody listens to.
        if (this.#events.listenerCount(event) > 0) this.#events.emit(event, ...words)
      })
    child.once('exit', (...words) => {
      this.#process = undefined
      this.#events.emit('exit', ...words)
      this.#events.removeAllListeners()
    })
  }

  send(message: WorkerRequest): void {
    if (message.type === 'stop') this.#answer('stopped')
    else if (message.type === 'start' && this.#isReady) this.#answer('started')
    else this.#process?.send(message)
    if (message.type === 'start') this.#isReady = true
  }

  /** The listeners of the run that ends. */
  async stop(): Promise<void> {
    this.#events.removeAllListeners()
  }

  /** The next run has a new process. */
  async end(): Promise<void> {
    const child = this.#process
    if (!child) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }

  #answer(type: 'started' | 'stopped') {
    this.#events.emit('message', { __vitest_worker_response__: true, type })
  }
}
