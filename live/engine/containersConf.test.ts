import { describe, expect, test } from 'vitest'
import { containersConf, hardLimit, hasSysResource, type MachineFacts } from './containersConf.ts'

const laptop: MachineFacts = {
  cgroupV2: true,
  systemd: true,
  mayRaiseLimits: true,
  hardLimits: { nofile: 524_288, nproc: 63_000 },
  pidMax: 4_194_304,
  runc: false,
  netavark: true,
}

describe('containers.conf is written only where the defaults do not work', () => {
  test('a laptop with systemd and cgroup v2 needs none', () => {
    expect(containersConf(laptop)).toBeNull()
  })

  test.each<[string, Partial<MachineFacts>, string[]]>([
    ['no systemd', { systemd: false }, ['cgroup_manager = "cgroupfs"', 'events_logger = "file"']],
    ['cgroup v1', { cgroupV2: false, runc: true }, ['runtime = "runc"']],
    [
      'limits',
      { mayRaiseLimits: false },
      ['default_ulimits = ["nofile=524288:524288", "nproc=63000:63000"]'],
    ],
    ['few process ids', { mayRaiseLimits: false, pidMax: 32_768 }, ['"nproc=32768:32768"']],
    [
      'unlimited nproc',
      { mayRaiseLimits: false, hardLimits: { nofile: 1024, nproc: null } },
      ['["nofile=1024:1024"]'],
    ],
  ])('%s', (_name, facts, lines) => {
    const text = containersConf({ ...laptop, ...facts })!
    for (const line of lines) expect(text).toContain(line)
  })

  test('cgroup v1 without runc says which package is missing', () => {
    expect(() => containersConf({ ...laptop, cgroupV2: false })).toThrow(
      /runc is not installed.*apt-get install/,
    )
  })
})

test('the hard limit is the third column; unlimited is null', () => {
  const limits = [
    'Limit                     Soft Limit           Hard Limit           Units     ',
    'Max processes             unlimited            unlimited            processes ',
    'Max open files            1024                 20000                files     ',
  ].join('\n')
  expect(hardLimit(limits, 'Max open files')).toBe(20_000)
  expect(hardLimit(limits, 'Max processes')).toBeNull()
  expect(hardLimit('', 'Max processes')).toBeNull()
})

test('CAP_SYS_RESOURCE is bit 24 of CapEff', () => {
  expect(hasSysResource('CapEff:\t000001ffffffffff')).toBe(true)
  expect(hasSysResource('CapEff:\t00000000a80425fb')).toBe(false)
})
