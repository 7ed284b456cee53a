import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { DEFAULT_CONTROL, DEFAULT_SERVICE } from '../control/service.ts'
import { staticPolicy } from '../policies/static.ts'
import { simulate } from '../sim/run.ts'
import { parseTrace } from '../traces/parse.ts'
import { handModel } from './support.ts'

/** Every example of docs/traces.md is a trace, and runs. */
const page = await readFile(join(import.meta.dirname, '..', 'docs', 'traces.md'), 'utf8')
const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text]) => JSON.parse(text!))

it('there is an example of each kind of load', () => {
  const kinds = examples.map(({ load, process }) => (process === 'mmpp' ? process : load.kind))
  expect(kinds).toEqual(['rate', 'mmpp', 'counts', 'arrivals', 'users'])
})

it.each(examples.map((example) => [example.name, example]))('%s', (name, example) => {
  const trace = parseTrace(example, name)
  const record = simulate({
    trace,
    model: handModel({ family: 'exponential', mean: 50 }),
    policy: staticPolicy,
    parameters: { replicas: 2 },
    control: {
      ...DEFAULT_CONTROL,
      initialReplicas: 2,
      knowledge: { serviceMsMean: null, startupMsMean: null },
    },
    service: DEFAULT_SERVICE,
    seed: 1,
  })
  expect(record.requests.outcome.length).toBeGreaterThan(4)
})
