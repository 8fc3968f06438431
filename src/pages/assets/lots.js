// Draws the lots of a red packet again, from the seed and the numbers on the page, and says whether they are the ones that were
// paid. The rule is in src/ledger/lucky.ts, and in words on the page.

async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
}

const bytesOf = (digits) => Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
const digitsOf = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')

async function draw(seed, total, count) {
  const cuts = new Set()
  for (let turn = 1; turn < count; turn++) {
    const message = new Uint8Array(seed.length + 4)
    message.set(seed)
    new DataView(message.buffer).setUint32(seed.length, turn)
    const last = total - BigInt(count - turn)
    const place = 1n + (BigInt(`0x${digitsOf(await sha256(message))}`) % last)
    cuts.add(cuts.has(place) ? last : place)
  }
  const ends = [...cuts, total].sort((a, b) => (a < b ? -1 : 1))
  return ends.map((end, index) => end - (ends[index - 1] ?? 0n))
}

async function orderOf(seed, count) {
  const lots = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const message = new Uint8Array(seed.length + 8)
      message.set(seed)
      message.set(new TextEncoder().encode('turn'), seed.length)
      new DataView(message.buffer).setUint32(seed.length + 4, index + 1)
      return { turn: index + 1, lot: digitsOf(await sha256(message)) }
    }),
  )
  return lots.sort((a, b) => (a.lot < b.lot ? -1 : 1)).map(({ turn }) => turn)
}

/** Whether the lot fell on those who were paid, in their order; who was passed over stands on the page. */
async function isInOrder(bytes, table) {
  const { entered, passed } = table.dataset
  if (entered === undefined) return true
  const turns = [...table.querySelectorAll('[data-turn]')].map(({ dataset }) => Number(dataset.turn))
  const without = passed === '' ? [] : passed.split(',').map(Number)
  const order = await orderOf(bytes, Number(entered))
  return (
    order
      .filter((turn) => !without.includes(turn))
      .slice(0, turns.length)
      .join() === turns.join()
  )
}

async function check() {
  const table = document.querySelector('table.lots:not([data-checked])')
  // Browsers have no WebCrypto on pages that came without TLS: then the page says how to check by hand.
  if (!table || !globalThis.crypto?.subtle) return
  table.dataset.checked = ''
  const { seed, seedHash, total } = table.dataset
  const paid = [...table.querySelectorAll('[data-share]')].map(({ dataset }) => dataset.share)
  const bytes = bytesOf(seed)
  const isDrawn =
    total === undefined || (await draw(bytes, BigInt(total), paid.length)).join() === paid.join()
  const agrees = digitsOf(await sha256(bytes)) === seedHash && isDrawn && (await isInOrder(bytes, table))
  const result = document.querySelector('[data-agrees]')
  result.textContent = agrees ? result.dataset.agrees : result.dataset.differs
}

void check()
// The page replaces what it shows when the packet ends.
new MutationObserver(check).observe(document.body, { childList: true })
