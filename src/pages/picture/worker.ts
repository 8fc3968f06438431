import { parentPort } from 'node:worker_threads'
import type { Picture } from './content.ts'
import { draw } from './draw.ts'

/** What the thread is asked, and what it answers. */
export interface Asked {
  id: number
  picture: Picture
}
export type Answered = { id: number } & ({ png: Uint8Array<ArrayBuffer> } | { error: string })

parentPort?.on('message', async ({ id, picture }: Asked) => {
  const answer = (answered: Answered) => parentPort?.postMessage(answered)
  try {
    answer({ id, png: new Uint8Array(await draw(picture)) })
  } catch (error) {
    answer({ id, error: error instanceof Error ? error.message : String(error) })
  }
})
