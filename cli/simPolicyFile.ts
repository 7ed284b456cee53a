import { readFile } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import { badInput, messageOf, UserError } from '../base/errors.ts'
import { hpa } from '../policies/hpa/hpa.ts'
import { parametersOf } from '../policies/parameters.ts'
import { type Imported, importAutoscaler } from './hpaImport.ts'
import { DEFAULTS, exportHpa, type MetricKind } from './hpaYaml.ts'
import { importScaledObject } from './kedaYaml.ts'
import { type Fields, fieldsOf, rowsOf } from './manifest.ts'
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
  const manifest = await readAutoscaler(file)
  const as = flags.metric === undefined ? null : METRIC_FLAG[flags.metric]!
  const imported = atFile(file, () =>
    manifest.kind === 'ScaledObject' ? importScaledObject(manifest, as) : importAutoscaler(manifest, as),
  )
  for (const text of imported.remarks) remark(`${file}: ${text}`)
  if (flags.json) printJson(imported)
  else print(flagsOf(imported))
}

function atFile<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${file}: ${error.message}`, { cause: error })
    throw error
  }
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

/** The one autoscaler among the file's documents and the items of its lists. */
async function readAutoscaler(file: string): Promise<Fields> {
  const found = (await readDocuments(file))
    .flatMap((document) => (document.kind === 'List' ? (rowsOf(document.items, 'items') ?? []) : [document]))
    .map((document) => fieldsOf(document, file))
    .filter(({ kind }) => kind === 'HorizontalPodAutoscaler' || kind === 'ScaledObject')
  if (found.length === 1) return found[0]!
  throw new UserError(
    `${file} holds ${found.length === 0 ? 'no' : found.length} autoscalers, expected one of kind HorizontalPodAutoscaler or ScaledObject`,
  )
}

async function readDocuments(file: string): Promise<Fields[]> {
  const { parseAllDocuments } = await import('yaml')
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${messageOf(error)}`, { cause: error })
  }
  const documents = [...parseAllDocuments(text)]
  const broken = documents.flatMap(({ errors }) => errors)[0]
  if (broken) throw new UserError(`${file} is not YAML: ${broken.message.split('\n')[0]}`, { cause: broken })
  return documents.map((document) => fieldsOf(document.toJS(), file))
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
