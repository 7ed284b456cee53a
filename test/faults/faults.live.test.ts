import { liveArm } from '../liveArm.ts'
import { describeFaults } from './faults.case.ts'

/** FAULTS=all adds those that take long. */
describeFaults('live', liveArm(), { all: process.env.FAULTS === 'all' })
