import { expect, it } from 'vitest'
import { SERVICE_MS as serviceMs } from '../theorySupport.ts'
import * as chains from './chains.ts'
import * as forms from './closedForms.ts'

/** The exact values that the gate compares with, where two ways lead to one of them. */
const rows: { name: string; value: number; known: number }[] = [
  { name: 'M/M/7 at a 5, by the formula', value: mmcMs(5 / 7, 7), known: 16.2075 },
  { name: 'M/M/10 at a 8, by the formula', value: mmcMs(0.8, 10), known: 20.459 },
  { name: 'B(10, 5) as tabulated', value: forms.erlangB(10, 5), known: 0.018385 },
  {
    name: 'M/D/1 by Crommelin is that of Pollaczek and Khinchine',
    value: chains.constantServiceWaitMs({ rho: 0.8, servers: 1, serviceMs }),
    known: 200,
  },
  {
    name: 'M/E2/1 as a chain likewise',
    value: chains.erlang2WaitMs({ rho: 0.8, servers: 1, serviceMs }),
    known: 300,
  },
  {
    name: 'M/H2/1 as a chain likewise (cs2 = 4)',
    value: chains.hyperexponentialWaitMs({
      lambda: 0.008,
      servers: 1,
      branches: forms.balancedBranches(4, 100),
    }),
    known: 1000,
  },
  {
    name: 'M/H2/3 with two equal branches is M/M/3',
    value: chains.hyperexponentialWaitMs({
      lambda: 0.0255,
      servers: 3,
      branches: [
        { probability: 0.3, mean: serviceMs },
        { probability: 0.7, mean: serviceMs },
      ],
    }),
    known: mmcMs(0.85, 3),
  },
  {
    name: 'MMPP/M/1 with two equal states is M/M/1',
    value: chains.burstyWaitMs({
      lambda: 0.006,
      serviceMs,
      burst: [
        { factor: 1, meanMs: 4000 },
        { factor: 1, meanMs: 2000 },
      ],
    }),
    known: mmcMs(0.6, 1),
  },
  {
    name: 'two queues, chosen blindly, are two M/M/1',
    value: chains.twoQueuesSojournMs({ rho: 0.5, shorter: 0.5, serviceMs }),
    known: 200,
  },
  {
    name: 'M/M/1+D with great patience is M/M/1',
    value: forms.impatient({ rho: 0.8, servers: 1, patienceMs: 20_000, serviceMs }).meanWaitMs,
    known: 400,
  },
  {
    name: 'M/M/3+D with none loses by Erlang B',
    value: forms.impatient({ rho: 0.8, servers: 3, patienceMs: 1e-6, serviceMs }).lost,
    known: forms.erlangB(3, 2.4),
  },
  {
    name: 'E1/M/1 is M/M/1',
    value: forms.generalArrivalsSojournMs(forms.erlangGaps(1, 0.8), serviceMs),
    known: 500,
  },
]

it.each(rows)('$name', ({ value, known }) => {
  expect(Math.abs(value / known - 1)).toBeLessThan(3e-5)
})

function mmcMs(rho: number, servers: number): number {
  return forms.manyServers({ rho, servers, serviceMs }).meanWaitMs
}
