import { chown, copyFile, stat, truncate } from 'node:fs/promises'

/** Above this a log is begun anew, and the one before it is kept beside it as `server.log.1`. */
export const MAX_LOG_BYTES = 10_000_000

/**
 * Keeps a log from growing for ever, also while a server writes to it: it is copied and emptied, as the server appends to the file that
 * it was given. Where that fails, as on a full disk, it is tried again the next time.
 */
export async function rotateLog(log: string): Promise<void> {
  try {
    const { size, uid, gid } = await stat(log)
    if (size <= MAX_LOG_BYTES) return
    const before = `${log}.1`
    await copyFile(log, before)
    if (process.getuid?.() === 0) await chown(before, uid, gid)
    await truncate(log)
  } catch {}
}
