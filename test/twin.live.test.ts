import { liveArm } from './liveArm.ts'
import { describeTwin } from './twin.case.ts'

describeTwin('live', liveArm())
