import { freshDatabase } from '../../database.ts'
import { openTestCore, startTestService } from '../../service.ts'
import { ASSETS } from '../steps.ts'
import { stopClock } from './clock.ts'

export type Stage = Awaited<ReturnType<typeof openStage>>

/** A service that only serves, on books of its own whose time stands still; and beside it, as a process for what is done behind it, a core. */
export async function openStage() {
  const { url, drop } = await freshDatabase()
  const clock = await stopClock(url)
  const setting = { assets: ASSETS, roles: 'api', database: clock.url }
  const { client, secretKey, close } = await startTestService(setting)
  const beside = await openTestCore({ ...setting, secretKey })
  return {
    client,
    clock,
    core: beside.core,
    async close() {
      await Promise.all([close(), beside.close()])
      await clock.forget()
      await drop()
    },
  }
}
