import { expect, test } from 'vitest'
import { checkTarget } from './loadTarget.ts'

test.each([
  'http://127.0.0.1:8080',
  'http://127.9.9.9',
  'http://[::1]:8080/',
  'http://[::ffff:127.0.0.1]:8080',
  'http://2130706433:8080', // 127.0.0.1 as one number
])('%s is this machine', async (url) => {
  expect((await checkTarget(url)).addresses.length).toBeGreaterThan(0)
})

test.each([
  ['http://192.0.2.1:8080', '192.0.2.1'],
  ['http://[2001:db8::1]/', '2001:db8::1'],
  ['http://[::ffff:192.0.2.1]/', '::ffff:c000:201'],
  ['http://0.0.0.0:80', '0.0.0.0'],
])('%s is refused, unless it is said to be one`s own', async (url, address) => {
  await expect(checkTarget(url)).rejects.toMatchObject({
    exitCode: 2,
    message: `the load target is ${url}, which is ${address}: not this machine. Add --own-target if that service is your own`,
  })
  expect((await checkTarget(url, true)).addresses[0]!.address).toBe(address)
})

test('a name counts by what it resolves to, all of it', async () => {
  const local = { address: '127.0.0.1', family: 4 }
  const foreign = { address: '192.0.2.7', family: 4 }
  await expect(checkTarget('http://localhost', false, async () => [local, foreign])).rejects.toThrow(
    '192.0.2.7',
  )
  const target = await checkTarget('http://service.test:99/app/', false, async () => [local])
  expect(target).toEqual({ origin: 'http://service.test:99', prefix: '/app', addresses: [local] })
})

test.each(['https://127.0.0.1', '127.0.0.1:8080', 'http://127.0.0.1/?x=1', 'http://me:pw@127.0.0.1', ''])(
  '%j is not a target',
  async (url) => {
    await expect(checkTarget(url)).rejects.toThrow('expected an address such as http://127.0.0.1:8080')
  },
)

test('an unknown name is said', async () => {
  const unknown = () => Promise.reject(new Error('ENOTFOUND'))
  await expect(checkTarget('http://no.invalid', false, unknown)).rejects.toMatchObject({
    exitCode: 2,
    message: 'the load target is "http://no.invalid", expected a host whose name resolves',
  })
})
