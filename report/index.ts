/** Table of contents: the report as plain data, and how it becomes files. */
export { parseAuthors } from './authors.ts'
export { quoted } from './commands.ts'
export { systemDiagram } from './diagram.ts'
export { drawingsOf } from './drawings.ts'
export { renderHtml } from './html.ts'
export {
  CALIBRATIONS,
  type Calibration,
  type CalibrationKind,
  type Fit,
  type Improvement,
  type ReportMaterial,
} from './material.ts'
export { parseOwnText } from './ownText.ts'
export { renderPdf } from './pdf.ts'
export { makeReport } from './report.ts'
