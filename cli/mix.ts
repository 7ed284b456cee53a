import { badInput } from '../base/errors.ts'
import { REQUEST_CLASSES, type RequestClass, type Trace } from '../traces/index.ts'

/** `read=0.6,write=0.4`: how often each class comes, as weights. @throws UserError for anything else. */
export function parseMix(text: string): Trace['mix'] {
  const given = new Set<RequestClass>()
  const entries = text.split(',').map((part): [RequestClass, number] => {
    const [name, weightText, ...rest] = part.split('=')
    const known = REQUEST_CLASSES.find((candidate) => candidate === name?.trim())
    const weight = Number(weightText)
    if (!known || given.has(known) || rest.length > 0 || !(weight > 0 && Number.isFinite(weight))) {
      throw badInput({
        place: '--mix',
        value: text,
        expected: `class=weight,... with the classes ${REQUEST_CLASSES.join(', ')}, each once, and weights above 0`,
      })
    }
    given.add(known)
    return [known, weight]
  })
  return Object.fromEntries(entries)
}
