import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

/** `sim policies import` and `export` as a person meets them. */
const ROOT = join(import.meta.dirname, '..')
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function policies(...args: string[]) {
  const result = await execa(join(ROOT, 'bin/sim'), ['policies', ...args], { cwd: folder, reject: false })
  return { code: result.exitCode, stdout: result.stdout, stderr: result.stderr }
}

const AUTOSCALER = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 12
  metrics:
    - type: Resource
      resource: {name: cpu, target: {type: Utilization, averageUtilization: 65}}
`
const FLAGS = '--policy hpa --set utilisationPercent=65 --min 2 --max 12'

const file = (name: string, text: string) => writeFile(join(folder, name), text)

it('without a sub-command the policies are listed, as JSON too', async () => {
  expect((await policies()).stdout).toMatch(/^static: always the same number of replicas/)
  const { policies: listed } = JSON.parse((await policies('--json')).stdout)
  expect(listed.map(({ name }: { name: string }) => name)).toContain('pid')
})

describe('import', () => {
  it('prints flags on stdout and what is not expressed on stderr', async () => {
    await file('hpa.yaml', `apiVersion: v1\nkind: Service\n---${AUTOSCALER}`)
    const { code, stdout, stderr } = await policies('import', 'hpa.yaml')
    expect({ code, stdout }).toEqual({ code: 0, stdout: FLAGS })
    expect(stderr).toContain('hpa.yaml: the sync period is a flag of the cluster')
    expect(stderr).toContain('hpa.yaml: spec.scaleTargetRef is left out')
  })

  it('--json is one object', async () => {
    await file('hpa.yaml', AUTOSCALER)
    const imported = JSON.parse((await policies('import', 'hpa.yaml', '--json')).stdout)
    expect(Object.keys(imported)).toEqual(['policy', 'parameters', 'min', 'max', 'remarks'])
    expect(imported).toMatchObject({
      policy: 'hpa',
      min: 2,
      max: 12,
      parameters: { utilisationPercent: 65, metric: 0 },
    })
  })

  it('finds the one in a list, as kubectl prints them', async () => {
    const items = AUTOSCALER.trim().replaceAll('\n', '\n    ')
    await file('list.yaml', `apiVersion: v1\nkind: List\nitems:\n  - ${items}\n`)
    expect((await policies('import', 'list.yaml')).stdout).toBe(FLAGS)
  })

  it('takes a KEDA ScaledObject, and a word for what its metric counts', async () => {
    await file(
      'keda.yaml',
      `
kind: ScaledObject
spec:
  triggers: [{type: prometheus, metadata: {query: my_metric, threshold: "3"}}]
`,
    )
    expect(await policies('import', 'keda.yaml', '--metric', 'in-flight')).toMatchObject({
      code: 0,
      stdout: '--policy hpa --set metric=1 --set inFlight=3 --min 1 --max 100',
      stderr: expect.stringContaining('keda.yaml: spec.minReplicaCount is 0'),
    })
    expect(await policies('import', 'keda.yaml')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('say it with --metric'),
    })
  })

  it.each<[string, string, string]>([
    ['no YAML', 'a: [', 'x.yaml is not plain YAML'],
    ['no autoscaler', 'kind: Service', 'x.yaml: it holds no autoscalers'],
    ['two autoscalers', `${AUTOSCALER}---${AUTOSCALER}`, 'x.yaml: it holds 2 autoscalers'],
    ['a text', 'hello', 'x.yaml: document 1 is "hello", expected a mapping'],
    [
      'a wrong value',
      AUTOSCALER.replace('65', 'much'),
      'x.yaml: spec.metrics[0].resource.target.averageUtilization is "much"',
    ],
  ])('%s ends with 2 and one message', async (_name, text, message) => {
    await file('x.yaml', text)
    const { code, stdout, stderr } = await policies('import', 'x.yaml')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  it('a missing file', async () => {
    expect(await policies('import', 'no.yaml')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no.yaml is not there, expected a file that can be read'),
    })
  })
})

describe('export', () => {
  it('is read back to the same flags', async () => {
    const flags =
      '--policy hpa --set metric=2 --set requestsPerS=4.5 --set behavior=1 --set upPods=2 --min 3 --max 9'
    const { code, stdout, stderr } = await policies('export', ...flags.split(' '), '--name', 'shop')
    expect(code).toBe(0)
    expect(stdout).toContain('averageValue: 4500m')
    expect(stdout).toContain('name: shop')
    expect(stderr).toContain('the cluster must provide the external metric http_requests_per_second')
    await file('out.yaml', stdout)
    expect((await policies('import', 'out.yaml')).stdout).toBe(flags)
  })

  it.each<[string, string[], string]>([
    ['another policy', ['--policy', 'pid'], '--policy is "pid", expected hpa'],
    [
      'what no autoscaler can say',
      ['--policy', 'hpa', '--set', 'toleranceUp=0.2'],
      'without a behavior there is one tolerance',
    ],
    [
      'an unknown parameter',
      ['--policy', 'hpa', '--set', 'x=1'],
      '--set is "x", expected a parameter of hpa',
    ],
    [
      'crossed bounds',
      ['--policy', 'hpa', '--min', '5', '--max', '2'],
      '--max is 2, expected at least --min, 5',
    ],
  ])('refuses %s', async (_name, args, message) => {
    const { code, stdout, stderr } = await policies('export', ...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
  })
})
