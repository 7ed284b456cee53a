import type { Command } from 'commander'
import { formatDuration } from '../base/units.ts'
import { POLICIES } from '../policies/index.ts'
import { shippedTraces } from '../traces/index.ts'
import { table } from './output.ts'
import { print, printJson } from './program.ts'
import { simPolicyFile } from './simPolicyFile.ts'

/** sim policies (with what Kubernetes' files make of them) and sim traces: what a name can mean. */
export function simList(program: Command): void {
  const policies = program
    .command('policies')
    .description('list the shipped policies and their parameters')
    .option('--json', 'print one JSON object instead of tables')
    .action(listPolicies)
  simPolicyFile(policies)
  program
    .command('traces')
    .description('list the shipped traces')
    .option('--json', 'print one JSON object instead of a table')
    .action(listTraces)
}

async function listPolicies(flags: { json?: boolean }): Promise<void> {
  if (flags.json) {
    const policies = POLICIES.map(({ name, summary, source, parameters }) => ({
      name,
      summary,
      source,
      parameters,
    }))
    return printJson({ policies })
  }
  for (const { name, summary, source, parameters } of POLICIES) {
    const rows = Object.entries(parameters).map(([key, spec]) => [
      `  ${key}`,
      String(spec.default),
      `${spec.min} to ${spec.max}`,
      spec.unit,
      spec.description,
    ])
    print(
      `${name}: ${summary}\n  source: ${source}\n${await table(['  parameter', 'default', 'range', 'unit', 'meaning'], rows, 5)}\n`,
    )
  }
}

async function listTraces(flags: { json?: boolean }): Promise<void> {
  const traces = await shippedTraces()
  if (flags.json) return printJson({ traces })
  const rows = traces.map(({ name, description, durationMs, peakRatePerS, peakUsers }) => [
    name,
    formatDuration(durationMs),
    peakRatePerS === null ? `${peakUsers} users` : `${peakRatePerS.toFixed(0)}/s`,
    description,
  ])
  print(await table(['trace', 'length', 'peak', 'what it tests'], rows, 4))
}
