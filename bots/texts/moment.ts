import { translations } from '../../src/texts/index.ts'
import { supported } from './index.ts'

/** `Nov 27, 11:56 AM UTC`, as the language writes it. */
export const timeIn = (moment: string, language: string): string =>
  new Intl.DateTimeFormat(language, {
    day: 'numeric',
    month: 'short',
    hour: 'numeric',
    minute: '2-digit',
    timeZone: 'UTC',
    timeZoneName: 'short',
  }).format(new Date(moment))

/** `11月27日 19:56`, in the zone of most who read the language: for messengers that tell no zones. */
export const localTimeIn = (at: Date, language: string): string =>
  new Intl.DateTimeFormat(language, {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
    timeZone: translations[supported(language)].timeZone ?? 'UTC',
    timeZoneName: 'short',
  }).format(at)
