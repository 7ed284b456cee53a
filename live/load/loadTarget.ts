import { lookup } from 'node:dns/promises'
import { BlockList, type LookupFunction } from 'node:net'
import { badInput, UserError } from '../../base/errors.ts'

/** Where the load goes: checked, and with the addresses that were checked. */
export interface LoadTarget {
  /** `http://host:port`, without a path. */
  origin: string
  /** Path before every request's own, '' or such as `/app`. */
  prefix: string
  addresses: readonly { address: string; family: number }[]
}

/** The addresses of a host name, as the system resolves it. */
type Resolve = (hostname: string) => Promise<LoadTarget['addresses']>

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/**
 * The target of a load, refused unless every address of its name is on this machine's loopback or the caller
 * says that the target is their own: a load generator aimed at someone else's service is an attack. A name is
 * resolved, for /etc/hosts and DNS decide what even `localhost` is; the answer is kept, so that what was
 * checked is what is connected to.
 * @throws UserError (exit 2) on a bad URL, an unknown name or a foreign target.
 */
export async function checkTarget(
  url: string,
  ownTarget = false,
  resolve: Resolve = (hostname) => lookup(hostname, { all: true }),
): Promise<LoadTarget> {
  const parsed = parseUrl(url)
  const addresses = await resolve(parsed.hostname.replace(/^\[|\]$/g, '')).catch((cause) => {
    throw badInput({ place: 'the load target', value: url, expected: 'a host whose name resolves', cause })
  })
  const foreign = addresses.find(({ address, family }) => !isLoopback(address, family))
  if (foreign && !ownTarget) {
    throw new UserError(
      `the load target is ${url}, which is ${foreign.address}: not this machine. ` +
        'Add --own-target if that service is your own',
    )
  }
  return { origin: parsed.origin, prefix: parsed.pathname.replace(/\/$/, ''), addresses }
}

/** For net.connect: answers with the checked addresses, whatever is asked. */
export function lookupOf(target: LoadTarget): LookupFunction {
  return (_hostname, options, callback) => {
    if (options.all) return callback(null, [...target.addresses])
    callback(null, target.addresses[0]!.address, target.addresses[0]!.family)
  }
}

function parseUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (parsed?.protocol !== 'http:' || parsed.username || parsed.search || parsed.hash) {
    throw badInput({
      place: 'the load target',
      value: url,
      expected: 'an address such as http://127.0.0.1:8080',
    })
  }
  return parsed
}

/** Also IPv4 written as IPv6 (::ffff:127.0.0.1), which BlockList sees through. */
function isLoopback(address: string, family: number): boolean {
  return LOOPBACK.check(address, family === 6 ? 'ipv6' : 'ipv4')
}
