import { expect, it } from 'vitest'
import { SERVICE_MS as serviceMs } from '../theorySupport.ts'
import {
  constantServiceWaitMs,
  erlang2WaitMs,
  burstyWaitMs,
  hyperexponentialWaitMs,
  twoQueuesSojournMs,
} from './chains.ts'
import { equalGaps, erlangB, erlangC, generalArrivalsSojournMs, impatient, limitedRoom, manyServers, pollaczekMs } from './closedForms.ts'
