// Verifies each receipt on the page by the program that anybody can run for themselves, and says what came out.

import { verify } from './verify.mjs'

async function check(result) {
  // Browsers have no WebCrypto on pages that came without TLS: then the page says how to verify it otherwise.
  if (!globalThis.crypto?.subtle) return
  const { receipt, root, agrees, differs } = result.dataset
  const isCounted = await verify(JSON.parse(receipt), root).then(
    () => true,
    () => false,
  )
  result.textContent = isCounted ? agrees : differs
  result.closest('.notice').classList.replace('plain', isCounted ? 'good' : 'bad')
}

for (const result of document.querySelectorAll('[data-receipt]')) void check(result)
