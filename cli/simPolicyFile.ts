import { type Command, Option } from 'commander'
import { badInput } from '../base/errors.ts'
import { hpa } from '../policies/hpa/hpa.ts'
import { parametersOf } from '../policies/parameters.ts'
import { readAutoscaler } from './autoscalerFile.ts'
import type { Imported } from './hpaImport.ts'
import { DEFAULTS, exportHpa, type MetricKind } from './hpaYaml.ts'
import { print, printJson, remark } from './program.ts'
import { wholeNumber } from './runOptions.ts'

const METRIC_FLAG: Readonly<Record<string, MetricKind>> = { 'in-flight': 'inFlight', requests: 'requests' }

/** sim policies import and export: Kubernetes' files from and to the flags of a run. */
export function simPolicyFile(policies: Command): void {
  policies.addHelpText(
    'after',
    `
Kubernetes files, from and to the flags of sim run and live run:
  sim policies import hpa.yaml [--metric in-flight|requests] [--json]
  sim policies export --policy hpa --set utilisationPercent=60 --min 1 --max 10 [--name web]`,
  )
  policies
    .command('import')
    .description('the flags of policy hpa for a HorizontalPodAutoscaler or a KEDA ScaledObject')
    .argument('<file>', 'a YAML file with one of them')
    .addOption(
      new Option('--metric <kind>', 'what a metric with a name of its own counts').choices(
        Object.keys(METRIC_FLAG),
      ),
    )
    .option('--json', 'print one JSON object instead of flags')
    .action(importFile)
  policies
    .command('export')
    .description('a HorizontalPodAutoscaler (autoscaling/v2, YAML) for policy hpa')
    .requiredOption('--policy <name>', 'hpa; no other policy is one')
    .addOption(
      new Option('--set <name=number>', 'a parameter of the policy; repeat for more')
        .argParser((value: string, all: string[]) => [...all, value])
        .default([], 'none'),
    )
    .option('--min <n>', 'fewest replicas', wholeNumber(1, 1000), 1)
    .option('--max <n>', 'most replicas', wholeNumber(1, 1000), 10)
    .option('--name <text>', 'of the autoscaler and of the Deployment that it scales', 'web')
    .action(exportFile)
}

/** `--json` is the listing's too, which takes it wherever it stands: hence the flags of both. */
async function importFile(file: string, _flags: object, command: Command): Promise<void> {
  const flags: { metric?: string; json?: boolean } = command.optsWithGlobals()
  const imported = await readAutoscaler(file, flags.metric === undefined ? null : METRIC_FLAG[flags.metric]!)
  for (const text of imported.remarks) remark(`${file}: ${text}`)
  if (flags.json) printJson(imported)
  else print(flagsOf(imported))
}

/** What differs from the policy's defaults, and the bounds. */
function flagsOf({ policy, parameters, min, max }: Imported): string {
  const set = Object.entries(parameters).filter(([name, value]) => value !== DEFAULTS[name])
  return [
    `--policy ${policy}`,
    ...set.map(([name, value]) => `--set ${name}=${value}`),
    `--min ${min} --max ${max}`,
  ].join(' ')
}

async function exportFile(flags: {
  policy: string
  set: string[]
  min: number
  max: number
  name: string
}): Promise<void> {
  const { policy, min, max, name } = flags
  if (policy !== hpa.name) {
    throw badInput({
      place: '--policy',
      value: policy,
      expected: hpa.name,
      remedy: 'Kubernetes has no file that says what other policies do',
    })
  }
  if (min > max) throw badInput({ place: '--max', value: max, expected: `at least --min, ${min}` })
  const { stringify } = await import('yaml')
  const { manifest, remarks } = exportHpa({ parameters: parametersOf(hpa, flags.set), min, max }, name)
  for (const text of remarks) remark(text)
  print(stringify(manifest))
}
