import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { makeToken } from '../../../../src/access/tokens.ts'
import { freshDatabase } from '../../database.ts'
import { clientOf, openTestCore, startTestService } from '../../service.ts'
import { ASSETS } from '../steps.ts'
import { stopClock } from './clock.ts'

export type Stage = Awaited<ReturnType<typeof openStage>>

/** A service that only serves, on books of its own whose time stands still; and beside it, as a process for what is done behind it, a core. */
export async function openStage() {
  const { url, drop } = await freshDatabase()
  const clock = await stopClock(url)
  const setting = { assets: ASSETS, roles: 'api', database: url }
  const service = await startTestService(setting)
  const beside = await openTestCore({ ...setting, secretKey: service.secretKey })
  const { core } = beside
  const agent = new Agent({ keepAlive: true })
  let worlds = 0
  return {
    client: clientOf(callerOf(service.url, agent), await makeToken(core.db, 'model')),
    clock,
    core,
    /** Another one for each world that is played here. */
    nextNumber: () => ++worlds,
    async close() {
      agent.destroy()
      await Promise.all([service.close(), beside.close()])
      await clock.forget()
      await drop()
    },
  }
}

/** Asks over connections that stay; `fetch` takes three times as much of the processor. */
function callerOf(url: string, agent: Agent): Parameters<typeof clientOf>[0] {
  return function ask(path, sent) {
    const { body, ...head } = sent
    return new Promise((resolve, reject) => {
      const asked = request(url + path, { agent, ...head }, async (answer) => {
        try {
          const said = await text(answer)
          const headers = new Headers(answer.headers as Record<string, string>)
          resolve({ status: answer.statusCode as number, headers, text: async () => said })
        } catch (error) {
          reject(error)
        }
      })
      asked.on('error', (error: NodeJS.ErrnoException) => {
        // The service has closed an idle connection at that moment, and has not seen the request.
        if (asked.reusedSocket && error.code === 'ECONNRESET') resolve(ask(path, sent))
        else reject(error)
      })
      asked.end(body)
    })
  }
}
