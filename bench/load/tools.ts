import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { quantileSorted } from 'simple-statistics'

/** Response times as a tool reports them, ms. */
export interface Reported {
  requests: number
  p50: number
  p95: number
  p99: number
  p999: number
}

export interface Tool {
  name: string
  /** How it paces. */
  how: string
  /** A folder of its own to write to. */
  run(load: ToolLoad, folder: string): Promise<Reported>
}

export interface ToolLoad {
  url: string
  ratePerS: number
  seconds: number
}

/** Connections, workers or users: each a tenth of the rate. */
const CLIENTS = 10

/** The quantiles of type 7 of response times in ms. */
export function reportedOf(responsesMs: ArrayLike<number>): Reported {
  const sorted = Float64Array.from(responsesMs).sort() as unknown as number[]
  const at = (p: number) => quantileSorted(sorted, p)
  return { requests: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), p999: at(0.999) }
}

/** Each paced as its manual says, to the same rate. */
export const TOOLS: readonly Tool[] = [
  {
    name: 'wrk',
    how: `${CLIENTS} connections in a closed loop, each with a delay`,
    async run({ url, ratePerS, seconds }, folder) {
      const script = join(folder, 'wrk.lua')
      const delayMs = Math.round((1000 * CLIENTS) / ratePerS) - 1
      await writeFile(script, wrkScript(delayMs))
      const words = [
        '-t',
        '1',
        '-c',
        `${CLIENTS}`,
        '-d',
        `${seconds}s`,
        '--timeout',
        '10s',
        '-s',
        script,
        url,
      ]
      const { stdout } = await execa('wrk', words)
      return JSON.parse(/^reported (.*)$/m.exec(stdout)![1]!)
    },
  },
  {
    name: 'hey',
    how: `${CLIENTS} workers, -q ${CLIENTS}th of the rate`,
    async run({ url, ratePerS, seconds }) {
      const words = ['-z', `${seconds}s`, '-c', `${CLIENTS}`, '-q', `${ratePerS / CLIENTS}`, '-o', 'csv', url]
      const { stdout } = await execa('hey', words)
      const lines = stdout.trim().split('\n').slice(1)
      return reportedOf(lines.map((line) => Number(line.split(',')[0]) * 1000))
    },
  },
  {
    name: 'Locust',
    how: `${CLIENTS} users, constant_throughput`,
    async run({ url, ratePerS, seconds }, folder) {
      const file = join(folder, 'locustfile.py')
      await writeFile(file, locustFile(ratePerS / CLIENTS))
      const users = ['-u', `${CLIENTS}`, '-r', `${CLIENTS}`]
      const words = [
        '-f',
        file,
        '--headless',
        ...users,
        '-t',
        `${seconds}s`,
        '--host',
        url,
        '--csv',
        join(folder, 'out'),
      ]
      await execa('/usr/bin/locust', words)
      return locustReport(await readFile(join(folder, 'out_stats.csv'), 'utf8'))
    },
  },
]

export async function runTool(tool: Tool, load: ToolLoad): Promise<Reported | null> {
  const folder = await mkdtemp(join(tmpdir(), 'scaletwin-bench-'))
  try {
    return await tool.run(load, folder)
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return null
    throw error
  } finally {
    await rm(folder, { recursive: true })
  }
}

const wrkScript = (delayMs: number) => `function delay() return ${delayMs} end
function done(summary, latency)
  local p = function(x) return latency:percentile(x) / 1000 end
  print(string.format('reported {"requests":%d,"p50":%f,"p95":%f,"p99":%f,"p999":%f}', summary.requests, p(50), p(95), p(99), p(99.9)))
end
`

const locustFile = (perUserPerS: number) => `from locust import FastHttpUser, constant_throughput, task

class Reader(FastHttpUser):
    wait_time = constant_throughput(${perUserPerS})

    @task
    def read(self):
        self.client.get("/")
`

/** Its percentiles, which it rounds to two digits. */
function locustReport(csv: string): Reported {
  const [head, ...rows] = csv
    .trim()
    .split('\n')
    .map((line) => line.split(','))
  const all = rows.find((row) => row[1] === 'Aggregated')!
  const at = (column: string) => Number(all[head!.indexOf(column)])
  return { requests: at('Request Count'), p50: at('50%'), p95: at('95%'), p99: at('99%'), p999: at('99.9%') }
}
