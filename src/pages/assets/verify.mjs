// Verifies that what a receipt says is counted in a root: what somebody has, in what is owed to all. It needs nothing but itself.
//   node verify.mjs receipt.json ROOT
// ROOT is 64 digits that you have from elsewhere, such as from others who compare theirs. docs/proof.md tells how they are made.

/** The SHA-256 of lines of text, in hexadecimal digits. */
async function hashOf(...lines) {
  if (lines.some((line) => String(line).includes('\n'))) throw new Error('a line break within a line')
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(lines.join('\n')))
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The hash of a root, which each one after it depends on. */
export const rootOf = ({ number, asset, at, leaves, total, tree, previous }) =>
  hashOf('root', number, asset, at, leaves, total, tree, previous)

/** An amount in minor units, of so many decimals, and not below zero. */
function minorUnits(amount, decimals) {
  const [, whole, rest = ''] = /^(0|[1-9]\d*)(?:\.(\d+))?$/.exec(amount) ?? []
  if (whole === undefined || rest.length !== decimals) throw new Error(`${amount} is no such amount`)
  return BigInt(whole + rest)
}

/** Minor units as an amount of so many decimals. */
function amountOf(minor, decimals) {
  const digits = String(minor).padStart(decimals + 1, '0')
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

/** @throws Error that says what is wrong with it */
export async function verify(receipt, root) {
  const { total, owner, balance, open, salt, path } = receipt
  const decimals = total.split('.')[1]?.length ?? 0
  let sum = minorUnits(balance, decimals) + minorUnits(open, decimals)
  let hash = await hashOf('leaf', salt, balance, open, ...owner)
  for (const sibling of path) {
    const pair = [amountOf(sum, decimals), hash]
    if (sibling.side === 'left') pair.unshift(sibling.sum, sibling.hash)
    else pair.push(sibling.sum, sibling.hash)
    hash = await hashOf('node', ...pair)
    sum += minorUnits(sibling.sum, decimals)
  }
  if (amountOf(sum, decimals) !== total)
    throw new Error(`it adds up to ${amountOf(sum, decimals)}, not to ${total}`)
  if ((await rootOf({ ...receipt, tree: hash })) !== root) throw new Error('it leads to another root')
}

if (globalThis.process?.argv[1]?.endsWith('verify.mjs')) {
  const { readFile } = await import('node:fs/promises')
  const [, , file, root] = process.argv
  try {
    const receipt = JSON.parse(await readFile(file, 'utf8'))
    await verify(receipt, root)
    const { asset, at, owner, balance, open, total } = receipt
    console.log(`COUNTED: ${balance} ${asset}, and ${open} in open transfers, of ${owner.join(' and ')}`)
    console.log(`in a total of ${total} ${asset} at ${at}. Whoever is named has to be you.`)
  } catch (error) {
    console.error(`NOT COUNTED: ${error.message}`)
    process.exitCode = 1
  }
}
