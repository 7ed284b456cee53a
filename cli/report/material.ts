import type { Sla } from '../../analysis/sla.ts'
import { UserError } from '../../base/errors.ts'
import type { Picture } from '../../plots/index.ts'
import { readRecord } from '../../record/read.ts'
import type { RunRecord } from '../../record/schema.ts'
import {
  CALIBRATIONS,
  type Calibration,
  type CalibrationKind,
  type Fit,
  type ReportMaterial,
  systemDiagram,
} from '../../report/index.ts'
import { type FitResult, fitModel } from '../../sim/fit/fit.ts'
import { readModel } from '../../sim/readModel.ts'
import { remarkDoubts } from '../believe.ts'
import { saturationPicture, scalingPicture, startupPicture } from '../plot/calibration.ts'
import { diagnosticsPicture } from '../plot/fit.ts'
import type { Given } from '../plot/given.ts'
import { remark } from '../program.ts'
import { groupOf, improvementOf, recordFolders } from './paths.ts'
import { comparedSetUps } from './setUps.ts'

/** Reads what a report is made from. @throws UserError where there is no record, or only such that no section is for. */
export async function materialOf(
  paths: readonly string[],
  { sla, model }: { sla: Sla; model: string | undefined },
): Promise<Omit<ReportMaterial, 'title' | 'command' | 'authors' | 'own'>> {
  const folders = await recordFolders(paths)
  const records = await Promise.all(folders.map(readRecord))
  remarkDoubts(folders, records)
  const given = records.map((record, i) => ({ record, folder: folders[i]! }))
  const runs = given.filter(({ record }) => record.run.purpose === 'run').map(({ record }) => record)
  const calibrations = await calibrationsOf(given.filter(({ record }) => isCalibration(record)))
  if (runs.length === 0 && calibrations.length === 0)
    throw new UserError(
      `${paths.join(' ')}: none of the ${records.length} records is a calibration or the run of a policy`,
    )
  return {
    sla,
    calibrations,
    fit: await fitOf(given, model),
    ...(await comparedSetUps(runs, sla)),
    improvement: await improvementOf(paths),
    diagram: await systemDiagram(),
  }
}

interface Read {
  folder: string
  record: RunRecord
}

const isCalibration = ({ run }: RunRecord) => CALIBRATIONS.some((kind) => kind === run.purpose)

const PICTURES: Readonly<Record<CalibrationKind, typeof saturationPicture>> = {
  saturation: saturationPicture,
  scaling: scalingPicture,
  startup: startupPicture,
}

/** One for each folder: live calibrate puts each setting into one of its own. The setting with the most records comes first. */
async function calibrationsOf(read: readonly Read[]): Promise<Calibration[]> {
  const groups = [...Map.groupBy(read, ({ folder }) => groupOf(folder))].sort(
    ([, a], [, b]) => b.length - a.length,
  )
  return Promise.all(
    groups.map(async ([label, own]) => {
      const records = Object.fromEntries(
        CALIBRATIONS.map((kind) => [
          kind,
          own.map(({ record }) => record).filter(({ run }) => run.purpose === kind),
        ]),
      ) as Record<CalibrationKind, RunRecord[]>
      const drawn = CALIBRATIONS.filter((kind) => records[kind].length > 0).map(
        async (kind) => [kind, await PICTURES[kind](givenOf(records[kind]))] as const,
      )
      return { label, records, pictures: Object.fromEntries(await Promise.all(drawn)) }
    }),
  )
}

const givenOf = (records: RunRecord[]): Given => ({ records, folders: [], file: null })

/** The model that was named, or else one fitted to the first calibration that has all that a fit needs. */
async function fitOf(read: readonly Read[], named: string | undefined): Promise<Fit | null> {
  const groups = Map.groupBy(
    read.filter(({ record }) => isCalibration(record)),
    ({ folder }) => groupOf(folder),
  )
  const whole = [...groups.values()].find(
    (own) =>
      // Those without load: starts beside work alone are no calibration of starts.
      own.some(
        ({ record: { run, requests } }) => run.purpose === 'startup' && requests.intendedMs.length === 0,
      ) && own.some(({ record }) => record.run.purpose !== 'startup'),
  )
  const fitted = whole
    ? fitModel(
        whole.map(({ record }) => record),
        whole.map(({ folder }) => folder.split('/').at(-1)!),
        groupOf(whole[0]!.folder),
      )
    : null
  const pictures = fitted ? await diagnosticsPictures(fitted.diagnostics, whole!.length) : []
  if (named !== undefined) return { model: await readModel(named), identified: null, pictures }
  for (const line of fitted?.remarks ?? []) remark(`fit: ${line}`)
  return fitted && { model: fitted.model, identified: fitted.identified, pictures }
}

/** As many quantities as a page has room for. */
const QUANTITIES_A_PICTURE = 5

async function diagnosticsPictures(diagnostics: FitResult['diagnostics'], runs: number): Promise<Picture[]> {
  const shown = diagnostics.filter(({ distribution }) => distribution.family !== 'deterministic')
  const pages = Math.ceil(shown.length / QUANTITIES_A_PICTURE)
  const each = Math.ceil(shown.length / pages)
  const pictures: Picture[] = []
  for (let i = 0; i < shown.length; i += each) {
    const picture = await diagnosticsPicture(shown.slice(i, i + each), runs)
    if (picture) pictures.push(picture)
  }
  return pictures
}
