import { join } from 'node:path'
import type { AppSettings } from '../../live/appSettings.ts'
import type { ServiceSettings } from '../../record/schema.ts'
import type { Setting } from './calibration.ts'

/** Folders below --out. The records of SERVICE are for sim fit; the others are of other settings, which it must not mix in. */
const SERVICE = 'service'
const CPU_BOUND = 'cpu-bound'
const VARIANTS = 'variants'
const PROXIES = 'proxy'

/** Compressing an object of this size takes some 10 ms of CPU time, and the service does nothing else. */
const CPU_BOUND_OBJECT_BYTES = 200_000

/** The setting of the flags, from which all others differ. */
export function plainSetting(out: string, parts: Pick<Setting, 'app' | 'service' | 'mix'>): Setting {
  return { label: 'the service', folder: join(out, SERVICE), ...parts }
}

/** Work that uses a core all the time: `compress` of large objects, without delay. */
export function cpuBoundSetting(out: string, { app, service }: Setting): Setting {
  return {
    label: 'CPU-bound work',
    folder: join(out, CPU_BOUND),
    app: { delay: 'off', rateLimit: 'off', objectBytes: Math.max(app.objectBytes, CPU_BOUND_OBJECT_BYTES) },
    service,
    mix: { compress: 1 },
  }
}

/** The same work behind another proxy; the setting itself where it is the same one. */
export function withProxy(out: string, setting: Setting, service: ServiceSettings): Setting {
  const { balance, maxconn } = setting.service
  if (service.balance === balance && service.maxconn === maxconn) return setting
  const label = `${service.balance}, maxconn ${service.maxconn ?? 'none'}`
  const name = `${service.balance}-maxconn-${service.maxconn ?? 'none'}`
  const work = setting.folder.startsWith(join(out, CPU_BOUND)) ? CPU_BOUND : SERVICE
  return {
    ...setting,
    label: `${setting.label}, ${label}`,
    folder: join(out, PROXIES, `${work}-${name}`),
    service,
  }
}

/**
 * The catalogue: one factor at a time around the flags' setting. The rate limits come without delay: with the default
 * delay one replica does not reach 10 requests/s, let alone 50, and a limit that is never met shows nothing.
 */
export function variantsOf(out: string, plain: Setting): Setting[] {
  const { app } = plain
  const variant = (name: string, own: Partial<AppSettings>, mix = plain.mix): Setting => ({
    label: name,
    folder: join(out, VARIANTS, name),
    app: { ...app, ...own },
    service: plain.service,
    mix,
  })
  return [
    variant('as-given', {}),
    variant('delay-off', { delay: 'off' }),
    variant('delay-heavy', { delay: 'lognormal:200:1' }),
    variant('limit-10', { rateLimit: '10 per second' }),
    variant('limit-10-delay-off', { delay: 'off', rateLimit: '10 per second' }),
    variant('limit-50-delay-off', { delay: 'off', rateLimit: '50 per second' }),
    variant('class-read', {}, { read: 1 }),
    variant('class-write', {}, { write: 1 }),
    variant('class-compress', {}, { compress: 1 }),
  ]
}
