// Files that the bot sends: https://core.telegram.org/bots/api#sending-files
import type { StoredFile } from './chat.ts'
import { badRequest } from './wire.ts'
import type { World } from './world.ts'

export type Uploads = Map<string, File>

/** What a field of type InputFile or String means: an upload, `attach://` with its part, a url, or a file_id. */
export async function fileOf(
  world: World,
  given: File | string,
  kind: StoredFile['kind'],
  uploads: Uploads,
): Promise<StoredFile> {
  if (given instanceof File) return store(world, given, kind)
  if (given.startsWith('attach://')) {
    return store(world, uploads.get(given.slice('attach://'.length)) as File, kind)
  }
  if (/^https?:\/\//.test(given)) return store(world, await download(given), kind)
  const stored = world.files.get(given)
  if (stored?.kind !== kind) throw badRequest('wrong file identifier/HTTP URL specified')
  return stored
}

async function store(world: World, file: File, kind: StoredFile['kind']): Promise<StoredFile> {
  const bytes = Buffer.from(await file.arrayBuffer())
  const number = world.files.size
  const stored: StoredFile = {
    id: `AgACAgIAAxkBAAI${kind === 'photo' ? 'P' : 'D'}${number}`,
    kind,
    bytes,
    name: file.name,
    mime: file.type || 'application/octet-stream',
    ...(kind === 'photo' ? checkedSize(bytes) : { width: 0, height: 0 }),
    path: kind === 'photo' ? `photos/file_${number}.jpg` : `documents/file_${number}`,
  }
  if (bytes.length === 0) throw badRequest('file must be non-empty')
  world.files.set(stored.id, stored)
  return stored
}

/** Telegram itself fetches what is given by url; here it can come from this machine alone. */
async function download(url: string): Promise<File> {
  const { hostname, pathname } = new URL(url)
  const response = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname)
    ? await fetch(url).catch(() => null)
    : null
  if (!response?.ok) throw badRequest('failed to get HTTP URL content')
  return new File([await response.blob()], pathname.split('/').at(-1) ?? 'file')
}

/** "At most 10 MB, width and height at most 10000 in total, their ratio at most 20" (sendPhoto). */
function checkedSize(bytes: Buffer): { width: number; height: number } {
  if (bytes.length > 10 * 1024 * 1024) throw badRequest('file is too big for a photo')
  const size = pngSize(bytes) ?? jpegSize(bytes)
  if (!size) throw badRequest('IMAGE_PROCESS_FAILED')
  const { width, height } = size
  const ratio = Math.max(width, height) / Math.min(width, height)
  if (width + height > 10_000 || ratio > 20) throw badRequest('PHOTO_INVALID_DIMENSIONS')
  return size
}

function pngSize(bytes: Buffer): { width: number; height: number } | undefined {
  if (bytes.length < 24 || bytes.toString('latin1', 1, 4) !== 'PNG') return undefined
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
}

function jpegSize(bytes: Buffer): { width: number; height: number } | undefined {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return undefined
  for (let at = 2; at + 9 < bytes.length; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes.readUInt16BE(at)
    const isFrame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)
    if (isFrame) return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) }
  }
  return undefined
}
