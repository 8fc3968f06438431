import { startService } from './service.ts'

/** Seconds from the start of the process to its first answer that says it is ready. */
export async function measureStart(dataDir: string): Promise<number> {
  const started = performance.now()
  const service = await startService({ DATA_DIR: dataDir })
  const seconds = (performance.now() - started) / 1000
  await service.stop()
  return seconds
}
