import type { Command } from 'commander'
import { UserError } from '../base/errors.ts'
import { takeDown } from '../live/cleanup.ts'
import { removeAbandoned } from '../live/leftovers.ts'
import { prepareObjects } from '../live/load/prepareObjects.ts'
import { LivePlant } from '../live/plant.ts'
import { standingTestbeds, withPodman } from '../live/standing.ts'
import { openTestbed } from '../live/testbed.ts'
import { interruptible } from './interrupt.ts'
import { addTestbedOptions, planApp, type TestbedFlags } from './liveOptions.ts'
import { table } from './output.ts'
import { print, printJson, remark } from './program.ts'
import { addServiceOptions, planService, type RunFlags, wholeNumber } from './runOptions.ts'

interface UpFlags
  extends TestbedFlags,
    Pick<RunFlags, 'balance' | 'maxconn' | 'queueTimeout' | 'clientTimeout'> {
  replicas: number
  json?: boolean
}

/** live up, status and down: a testbed that stays until it is taken down. */
export function liveTestbed(program: Command): void {
  const up = program
    .command('up')
    .description('start the service behind HAProxy and leave it standing')
    .option('--replicas <n>', 'how many', wholeNumber(1, 100), 1)
    .option('--json', 'print one JSON object')
  addTestbedOptions(addServiceOptions(up)).action((flags: UpFlags) =>
    interruptible((signal) => goUp(flags, signal)),
  )
  program
    .command('status')
    .description('list the testbeds on this machine')
    .option('--json', 'print one JSON object')
    .action(status)
  program
    .command('down')
    .description('remove testbeds: those that live up left, and what killed runs left')
    .argument('[id...]', 'only these')
    .option('--all', 'those of running processes as well')
    .action(down)
}

async function goUp(flags: UpFlags, signal: AbortSignal): Promise<void> {
  const service = planService(flags)
  const app = planApp(flags)
  const testbed = await openTestbed({
    service,
    app,
    port: flags.port,
    ownerPid: 0,
    now: () => 0,
    onEntry: () => {},
    say: remark,
    signal,
  })
  try {
    const plant = new LivePlant(testbed, () => 0, { onEvent: () => {}, onProblem: remark })
    plant.scaleTo(flags.replicas)
    await plant.settle(signal)
    await prepareObjects({
      url: testbed.url,
      objectBytes: app.objectBytes,
      request: app.own?.request,
      signal,
    })
    plant.letGo()
  } catch (error) {
    await testbed.close()
    throw error
  }
  await testbed.leave()
  if (flags.json) printJson({ id: testbed.id, url: testbed.url, replicas: flags.replicas })
  else print(`${testbed.url}  ${flags.replicas} replicas, id ${testbed.id}`)
  remark('try: live load --trace step; end it with: live down')
}

async function status(flags: { json?: boolean }): Promise<void> {
  const standing = await withPodman(standingTestbeds)
  if (flags.json) return printJson({ testbeds: standing })
  if (standing.length === 0) return print('no testbed on this machine')
  const rows = standing.map(({ id, url, ownerPid, inUse, replicas }) => [
    id,
    url ?? '-',
    inUse ? `process ${ownerPid}` : ownerPid === 0 ? 'standing' : 'left by a killed run',
    replicas.map(({ name, state }) => `${name} ${state}`).join(', ') || '-',
  ])
  print(await table(['id', 'url', 'owner', 'replicas'], rows, 4))
}

async function down(ids: string[], flags: { all?: boolean }): Promise<void> {
  await withPodman(async (podman, env) => {
    const standing = await standingTestbeds(podman)
    const unknown = ids.find((id) => !standing.some((testbed) => testbed.id === id))
    if (unknown) throw new UserError(`there is no testbed ${unknown}. live status lists those that there are`)
    const chosen = standing.filter(({ id, inUse }) =>
      ids.length > 0 ? ids.includes(id) : flags.all || !inUse,
    )
    for (const { id } of chosen) {
      const { containers, networks } = await takeDown(podman, id)
      print(`${id}: ${containers} containers and ${networks} networks removed`)
    }
    const scratch = ids.length > 0 ? [] : await removeAbandoned({ podman, env })
    for (const name of scratch) print(`${name}: removed, its process was killed`)
    if (chosen.length + scratch.length === 0) print('nothing to remove')
    const left = standing.length - chosen.length
    if (left > 0 && ids.length === 0)
      remark(`${left} testbeds are in use by a running process; --all removes them too`)
  })
}
