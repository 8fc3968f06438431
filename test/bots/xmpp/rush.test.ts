import { describe, expect, onTestFinished, test } from 'vitest'
import { openClub } from '../../support/xmpp/club.ts'
import { startCrowd } from '../../support/xmpp/crowd.ts'
import { hasProsody } from '../../support/xmpp/prosody.ts'

const PEOPLE = 100
const TIMES = 10

describe.runIf(hasProsody)('A crowd in a room of XMPP', () => {
  test('that types one number a thousand times at once is answered each time, and one of them is paid', async () => {
    const club = await openClub()
    onTestFinished(club.close)
    const ada = await club.person('ada')
    const room = await club.room(ada)
    const crowd = await startCrowd(club.prosody, room, PEOPLE)
    onTestFinished(crowd.close)
    const card = await ada.answer(() => ada.says(room, '/send 20'), room)
    const [, number = ''] = /\/(\d+) – Collect/.exec(card.text) ?? []
    const began = performance.now()
    crowd.say(`/${number}`, TIMES)
    await expect.poll(() => crowd.told.length, { timeout: 60_000 }).toBe(PEOPLE * TIMES + 1)
    console.log(`${PEOPLE * TIMES} answers in ${((performance.now() - began) / 1000).toFixed(1)} s`)
    const count = (words: string) => crowd.told.filter((text) => text.includes(words)).length
    expect(count('20.00 CREDIT is yours.')).toBe(1)
    expect(count('Somebody was faster') + count('You have collected it already')).toBe(PEOPLE * TIMES - 1)
    await expect.poll(() => card.text).toContain('has collected it.')
    expect(await club.balance(ada)).toBe('80.00')
    expect(club.errors()).toEqual([])
  }, 90_000)
})
