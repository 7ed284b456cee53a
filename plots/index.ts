/** Table of contents: pictures (Vega-Lite specifications) and how they become files. */
export { type BenchBar, type BenchPicture, benchSpec } from './benchSpec.ts'
export { type FitPicture, fitSpec } from './fit.ts'
export { renderPng, renderSvg, writePicture } from './render.ts'
export { type SaturationPicture, type SaturationStep, saturationSpec } from './saturation.ts'
export { type StartupPicture, type StartupTime, startupSpec } from './startup.ts'
export { type Picture, THEME } from './theme.ts'
export { type TimelinePicture, timelineSpec } from './timeline.ts'
export { type ViolationsPicture, violationsSpec } from './violations.ts'
