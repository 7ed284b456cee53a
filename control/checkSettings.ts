import { badInput } from '../base/errors.ts'
import { BALANCES, type ControlSettings, type ServiceSettings } from '../record/schema.ts'

/** More replicas than one host, or one policy, can mean. */
const MOST_REPLICAS = 10_000
const HOUR_MS = 3_600_000

/**
 * Settings that code hands over, checked as the command line checks its flags.
 * @throws UserError that names the setting, its value and what is allowed.
 */
export function checkControl(control: ControlSettings): void {
  const { intervalMs, windowMs, minReplicas, maxReplicas, initialReplicas, standby } = control
  within('control.intervalMs', intervalMs, 100, Number.MAX_VALUE)
  within('control.windowMs', windowMs, intervalMs, Number.MAX_VALUE)
  whole('control.minReplicas', minReplicas, 1, MOST_REPLICAS)
  whole('control.maxReplicas', maxReplicas, minReplicas, MOST_REPLICAS)
  whole('control.initialReplicas', initialReplicas, minReplicas, maxReplicas)
  if (standby) whole('control.standby.size', standby.size, 1, MOST_REPLICAS)
}

export function checkService(service: ServiceSettings): void {
  const { balance, maxconn, queueTimeoutMs, clientTimeoutMs, health, retries } = service
  if (!BALANCES.includes(balance)) {
    throw badInput({ place: 'service.balance', value: balance, expected: `one of ${BALANCES.join(', ')}` })
  }
  if (maxconn !== null) whole('service.maxconn', maxconn, 1, Number.MAX_SAFE_INTEGER)
  if (service.queueLimit != null) whole('service.queueLimit', service.queueLimit, 0, 1e9)
  if (service.frontendMaxconn != null) whole('service.frontendMaxconn', service.frontendMaxconn, 1, 1e9)
  within('service.slowstartMs', service.slowstartMs ?? 0, 0, HOUR_MS)
  within('service.queueTimeoutMs', queueTimeoutMs, 0, Number.MAX_VALUE)
  within('service.clientTimeoutMs', clientTimeoutMs, Number.MIN_VALUE, Number.MAX_VALUE)
  if (health) {
    within('service.health.intervalMs', health.intervalMs, 1, HOUR_MS)
    within('service.health.downIntervalMs', health.downIntervalMs, 1, HOUR_MS)
    within('service.health.timeoutMs', health.timeoutMs, 1, HOUR_MS)
    whole('service.health.rise', health.rise, 1, 1000)
    whole('service.health.fall', health.fall, 1, 1000)
  }
  if (retries) {
    whole('service.retries.most', retries.most, 1, 100)
    within('service.retries.backoffMs', retries.backoffMs, 0, HOUR_MS)
    within('service.retries.factor', retries.factor, 1, 10)
    within('service.retries.jitter', retries.jitter, 0, 1)
  }
}

function within(place: string, value: unknown, least: number, most: number): void {
  if (typeof value === 'number' && value >= least && value <= most) return
  throw badInput({ place, value, expected: `a number from ${least} to ${most}` })
}

export function whole(place: string, value: unknown, least: number, most: number): void {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return
  throw badInput({ place, value, expected: `a whole number from ${least} to ${most}` })
}
