import { describe, expect, it } from 'vitest'
import { parseCounters, parseInfo, parseServers } from './haproxyStats.ts'

const HEADER = '# pxname,svname,qcur,scur,stot,status,check_status,last_chk,req_tot,'

/** `show stat` with the columns that are read, one that is not, and a comma in a quoted cell. */
function csv(...servers: string[]): string {
  return [
    HEADER,
    'http,FRONTEND,,3,40,OPEN,,,120,',
    ...servers,
    'app,BACKEND,4,2,40,UP,,,,',
    'stats,FRONTEND,,1,9,OPEN,,,9,',
    'stats,BACKEND,0,0,0,UP,,,,',
    '',
  ].join('\n')
}

describe('the counters', () => {
  it('add the queues of the servers to that of the backend, and leave the statistics page out', () => {
    const text = csv('app,w1,1,1,20,UP,L7OK,"ok, fine",,', 'app,w2,0,1,20,DRAIN,* L7OK,,,')
    expect(parseCounters(text)).toEqual({
      requestsTotal: 120,
      queued: 5,
      inFlight: 2,
      servers: [
        { name: 'w1', inFlight: 1, status: 'up' },
        { name: 'w2', inFlight: 1, status: 'drain' },
      ],
    })
  })

  it('without a server are zeros', () => {
    expect(parseCounters(csv())).toMatchObject({ inFlight: 0, servers: [] })
  })

  const statuses: [string, string][] = [
    ['UP', 'up'],
    ['UP 1/3', 'up'],
    ['no check', 'up'],
    ['DOWN', 'down'],
    ['DOWN 1/2', 'down'],
    ['DOWN (agent)', 'down'],
    ['NOLB', 'drain'],
    ['DRAIN', 'drain'],
    ['DRAIN 1/3', 'drain'],
    ['MAINT', 'maint'],
    ['MAINT (via a/b)', 'maint'],
  ]
  for (const [text, status] of statuses) {
    it(`take "${text}" for ${status}`, () => {
      expect(parseServers(csv(`app,w1,0,0,0,${text},INI,,,`))).toMatchObject([{ status, check: 'INI' }])
    })
  }

  const wrong: [string, string, string][] = [
    ['a missing column', csv('app,w1,0,0,0,UP,,,,').replace('scur', 'other'), 'no column scur'],
    ['an unknown status', csv('app,w1,0,0,0,LAZY,,,,'), 'status is "LAZY", expected UP, DOWN'],
    ['a count that is none', csv('app,w1,x,0,0,UP,,,,'), 'qcur of app/w1 is "x", expected a count'],
    ['another answer', 'Unknown command', 'no header, but "Unknown command"'],
    ['no answer', '', 'no header'],
    ['a missing proxy', csv().replace('app,BACKEND', 'web,BACKEND'), 'no row app,BACKEND'],
  ]
  for (const [what, text, message] of wrong) {
    it(`say what is wrong: ${what}`, () => expect(() => parseCounters(text)).toThrow(message))
  }
})

describe('show info', () => {
  it('gives version, process and lost log lines', () => {
    const text = 'Name: HAProxy\nVersion: 2.6.12-1\nPid: 8\nDroppedLogs: 0\n'
    expect(parseInfo(text)).toEqual({ version: '2.6.12-1', pid: 8, droppedLogs: 0 })
    expect(() => parseInfo('Name: x\n')).toThrow('no Version')
  })
})
