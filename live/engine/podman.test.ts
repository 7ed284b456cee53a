import { describe, expect, test } from 'vitest'
import { containerSpec } from './containerSpec.ts'
import { demultiplexed } from './podman.ts'
import { socketPaths } from './podmanService.ts'

test('what exec prints arrives in frames, stdout and stderr in turn', () => {
  const frame = (stream: number, text: string) =>
    Buffer.concat([Buffer.from([stream, 0, 0, 0, 0, 0, 0, text.length]), Buffer.from(text)])
  expect(demultiplexed(Buffer.concat([frame(1, 'out\n'), frame(2, 'err\n')])).toString()).toBe('out\nerr\n')
  expect(demultiplexed(Buffer.alloc(0)).toString()).toBe('')
})

describe('a container', () => {
  const least = { name: 'scaletwin-1-a', image: 'i', networks: ['n'] }

  test('has no capabilities and no limits unless it is told', () => {
    expect(containerSpec(least)).toMatchObject({
      cap_drop: ['ALL'],
      no_new_privileges: true,
      netns: { nsmode: 'bridge' },
      Networks: { n: {} },
      resource_limits: undefined,
    })
  })

  test('half a core is 50 ms of every 100 ms; memory is without swap', () => {
    const limits = { cpus: 0.5, memoryBytes: 1000, pids: 7 }
    expect(containerSpec({ ...least, limits }).resource_limits).toEqual({
      cpu: { quota: 50_000, period: 100_000 },
      memory: { limit: 1000, swap: 1000 },
      pids: { limit: 7 },
    })
  })
})

test('CONTAINER_HOST comes first where it is a Unix socket', () => {
  expect(socketPaths({ CONTAINER_HOST: 'unix:///tmp/p.sock' })[0]).toBe('/tmp/p.sock')
  expect(socketPaths({ CONTAINER_HOST: 'ssh://host/run/podman.sock' })).not.toContain(
    'ssh://host/run/podman.sock',
  )
})
