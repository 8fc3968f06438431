import { randomFrom } from './random.ts'
import { type Step, stepBy } from './steps.ts'
import { World } from './world.ts'

/** How many commands a walk has. */
export const STEPS = 200

/** Walks through random commands. @returns what was not as it should be, with the fewest steps that it takes */
export function walk(seed: number, outcomes: Map<string, number>): string | undefined {
  const failure = failureOf(stepsFrom(seed), outcomes)
  return failure && toldInFewest(seed, failure)
}

function stepsFrom(seed: number): Step[] {
  const random = randomFrom(seed)
  return Array.from({ length: STEPS }, () => stepBy(random))
}

function failureOf(steps: Step[], outcomes = new Map<string, number>()): Error | undefined {
  const world = new World()
  try {
    for (const step of steps) {
      const outcome = world.take(step)
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    }
    world.checkAll()
  } catch (error) {
    return error as Error
  }
  return undefined
}

/** Without each step that it doesn't take to fail. What another step still takes falls away in a later round. */
function toldInFewest(seed: number, { message }: Error): string {
  let steps = stepsFrom(seed)
  let before: number
  do {
    before = steps.length
    for (let index = steps.length - 1; index >= 0; index--) {
      const fewer = steps.toSpliced(index, 1)
      if (failureOf(fewer)) steps = fewer
    }
  } while (steps.length < before)
  const told = steps.map((step) => JSON.stringify(step, inWords))
  return [`SEED=${seed} has it again: ${message}`, ...told, failureOf(steps)?.message].join('\n')
}

const inWords = (_key: string, value: unknown) =>
  typeof value === 'bigint' ? String(value) : value instanceof Set ? [...value] : value
