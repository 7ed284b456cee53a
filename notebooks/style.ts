import { COLOURS, FONT } from '../plots/theme.ts'
import { DARK_COLOURS, LIGHT_COLOURS } from './inlinePicture.ts'

const colour = (name: keyof typeof COLOURS) => `var(--c${COLOURS[name].slice(1)})`

/** Of every page: a column to read, light and dark, that fits a telephone and a printer. */
export const STYLE = `
:root { color-scheme: light dark; ${LIGHT_COLOURS} --ground: #ffffff; --panel: #f5f6f7; --keyword: #8a3a00; --string: #00663f; --number: #00558a; }
@media (prefers-color-scheme: dark) { :root { ${DARK_COLOURS} --ground: #17191c; --panel: #202327; --keyword: #ffab73; --string: #7fd1a8; --number: #7cc4f0; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: ${colour('measured')}; font: 17px/1.6 ${FONT}; }
main { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
nav, footer { color: ${colour('muted')}; font-size: 0.85rem; }
nav { display: flex; justify-content: space-between; gap: 1rem; flex-wrap: wrap; }
a { color: ${colour('predicted')}; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 1.6rem 0 0.8rem; text-wrap: balance; }
h1 + p { font-size: 1.15rem; color: ${colour('muted')}; margin-top: 0; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 2.6rem 0 0.6rem; text-wrap: balance; }
p, ul, ol { margin: 0.8rem 0; }
.value { font-weight: 600; font-variant-numeric: tabular-nums; }
pre, code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 0.8rem; }
pre { margin: 0; padding: 0.8rem 1rem; overflow-x: auto; line-height: 1.5; border-radius: 4px; }
p code, li code, td code { background: var(--panel); padding: 0.1em 0.3em; border-radius: 3px; font-size: 0.85em; overflow-wrap: anywhere; }
.cell { margin: 1.4rem 0; }
.cell summary { cursor: pointer; color: ${colour('muted')}; font-size: 0.85rem; padding: 0.15rem 0; }
.cell details[open] summary { margin-bottom: 0.3rem; }
.shown { margin: 0.9rem 0; }
.shown pre { border-left: 3px solid ${colour('grid')}; border-radius: 0; }
.scroll, .picture { overflow-x: auto; }
figure { margin: 1.2rem 0; }
.picture, .scroll, pre { --shade: color-mix(in srgb, ${colour('measured')} 22%, transparent); --under: var(--ground); background: linear-gradient(to right, var(--under) 40%, transparent) 0 0 / 2.5rem 100% no-repeat local, linear-gradient(to left, var(--under) 40%, transparent) 100% 0 / 2.5rem 100% no-repeat local, linear-gradient(to right, var(--shade), transparent) 0 0 / 0.7rem 100% no-repeat scroll, linear-gradient(to left, var(--shade), transparent) 100% 0 / 0.7rem 100% no-repeat scroll, var(--under); }
pre { --under: var(--panel); }
.shown pre { --under: var(--ground); }
.picture svg { display: block; width: auto; max-width: max(150vw, 36rem); height: auto; }
@media (min-width: 48rem) { .picture svg { max-width: 100%; } }
table { border-collapse: collapse; font-size: 0.85rem; line-height: 1.4; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 0.3rem 0 0.3rem 1rem; border-bottom: 1px solid ${colour('grid')}; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
td:not(.text), td:first-child { white-space: nowrap; }
th.text, td.text { text-align: left; }
th { font-weight: 600; }
blockquote { margin: 1rem 0; padding-left: 1rem; border-left: 3px solid ${colour('grid')}; font-size: 0.95rem; }
.notebooks { padding-left: 1.4rem; }
.notebooks li { margin: 1.2rem 0; }
.notebooks p { margin: 0.1rem 0; color: ${colour('muted')}; }
.hljs-keyword, .hljs-built_in { color: var(--keyword); } .hljs-string, .hljs-regexp { color: var(--string); }
.hljs-number, .hljs-literal { color: var(--number); } .hljs-comment { color: ${colour('muted')}; }
@media print { :root { color-scheme: light; ${LIGHT_COLOURS} --ground: #ffffff; --panel: #f5f6f7; } body { font-size: 10.5pt; } main { max-width: none; padding: 0; } nav, summary { display: none; } pre { white-space: pre-wrap; } figure, table { break-inside: avoid; } h2 { break-after: avoid; } .picture svg { max-width: 100%; } details::details-content { content-visibility: visible; block-size: auto; } }
`
