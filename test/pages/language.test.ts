import { expect, test } from 'vitest'
import { wordsIn } from '../../src/pages/language.ts'

test('a text has the form of its count, where its language has one', () => {
  const people = (language: 'en' | 'es', count: string) => wordsIn(language).text('packet.people', { count })
  expect(people('es', '1')).toBe('1 persona, una vez')
  expect(people('es', '2')).toBe('2 personas, una vez cada una')
  expect(people('es', '1.001')).toContain('1.001 personas')
  expect(people('en', '1')).toContain('1')
})
