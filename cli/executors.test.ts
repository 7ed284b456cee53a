import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type RedisServer, startRedis } from '../sim/tune/redis/redisServer.case.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 })
const SIM = join(import.meta.dirname, '../bin/sim')
const TUNE = ['tune', '--policy', 'pid', '--trace', 'spike', '--seeds', '4', '--evaluations', '12', '--json']
let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis?.stop())

it('a search without a worker says which command starts one, and Ctrl-C ends it with 130', async () => {
  const search = execa(SIM, [...TUNE, '--redis', redis.url], { reject: false })
  search.stderr!.on('data', (text: Buffer) => {
    if (`${text}`.includes('sim worker --redis')) search.kill('SIGINT')
  })
  const { exitCode, stdout } = await search
  expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' })
})

it('finds by workers of a Redis what it finds here, to the byte', async () => {
  const worker = execa(SIM, ['worker', '--redis', redis.url, '--concurrency', '2'], { reject: false })
  try {
    const far = await execa(SIM, [...TUNE, '--redis', redis.url])
    expect(far.stdout).toBe((await execa(SIM, TUNE)).stdout)
  } finally {
    worker.kill('SIGINT')
    await worker
  }
})

it('--workers beside --redis is refused', async () => {
  const { exitCode, stderr } = await execa(SIM, [...TUNE, '--redis', redis.url, '--workers', '2'], {
    reject: false,
  })
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('cannot be used with')])
})
