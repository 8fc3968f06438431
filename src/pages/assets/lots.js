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

async function check() {
  const table = document.querySelector('table.lots:not([data-checked])')
  // Browsers have no WebCrypto on pages that came without TLS: then the page says how to check by hand.
  if (!table || !globalThis.crypto?.subtle) return
  table.dataset.checked = ''
  const { seed, seedHash, total } = table.dataset
  const paid = [...table.querySelectorAll('[data-share]')].map(({ dataset }) => dataset.share)
  const bytes = bytesOf(seed)
  const drawn = await draw(bytes, BigInt(total), paid.length)
  const agrees = digitsOf(await sha256(bytes)) === seedHash && drawn.join() === paid.join()
  const result = document.querySelector('[data-agrees]')
  result.textContent = agrees ? result.dataset.agrees : result.dataset.differs
}

void check()
// The page replaces what it shows when the packet ends.
new MutationObserver(check).observe(document.body, { childList: true })
