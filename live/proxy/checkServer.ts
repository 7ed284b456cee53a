import { badInput } from '../../base/errors.ts'
import type { ProxyServer } from './haproxyConfig.ts'

/** The names go into HAProxy's commands, where a space or `;` would begin another. */
export function checkServer({ name, address, port }: ProxyServer): void {
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(name)) {
    throw badInput({ place: 'server name', value: name, expected: 'letters, digits, _ . -' })
  }
  if (!/^[0-9a-fA-F.:]+$/.test(address)) {
    throw badInput({ place: `address of ${name}`, value: address, expected: 'an IP address' })
  }
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw badInput({ place: `port of ${name}`, value: port, expected: '1 to 65535' })
  }
}
