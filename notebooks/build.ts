import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { badInput } from '../base/errors.ts'
import { main, makeProgram, remark } from '../cli/program.ts'
import { execute } from './execute.ts'
import { type Notebook, parseNotebook } from './notebook.ts'
import { indexPage, notebookPage, type PageLink } from './page.ts'

const program = makeProgram('notebooks', 'run the notebooks and write each as one page')
  .argument('[name...]', 'which: the beginning of a file name such as 3 (default: all)')
  .option('--from <folder>', 'where the notebooks are', import.meta.dirname)
  .option('--out <folder>', 'where the pages go', join(import.meta.dirname, 'built'))
  .action(run)

async function run(names: string[], { from, out }: { from: string; out: string }): Promise<void> {
  const notebooks = await readAll(from)
  const wanted = chosen(notebooks, names)
  const pages: [name: string, html: string][] = []
  for (const notebook of wanted) {
    remark(`notebook: ${nameOf(notebook)}`)
    const next = notebooks[notebooks.indexOf(notebook) + 1]
    pages.push([
      hrefOf(notebook),
      await notebookPage(notebook, await execute(notebook), next ? linkTo(next) : null),
    ])
  }
  const links = notebooks.map((notebook) => ({ ...linkTo(notebook), question: notebook.question }))
  pages.push(['index.html', await indexPage(links)])
  await writeAll(pages, out)
  remark(`pages: ${join(out, 'index.html')}`)
}

/** In the order of their numbers. */
async function readAll(folder: string): Promise<Notebook[]> {
  const files = existsSync(folder) ? (await readdir(folder)).filter((file) => /^\d+-.*\.md$/.test(file)) : []
  if (files.length === 0)
    throw badInput({
      place: '--from',
      value: folder,
      expected: 'a folder with notebooks, such as 1-a-name.md',
    })
  const sorted = files.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  return Promise.all(
    sorted.map(async (file) => {
      const path = join(folder, file)
      return parseNotebook(await readFile(path, 'utf8'), path)
    }),
  )
}

function chosen(notebooks: readonly Notebook[], names: readonly string[]): Notebook[] {
  for (const name of names)
    if (!notebooks.some((notebook) => nameOf(notebook).startsWith(name)))
      throw badInput({
        place: 'the notebook',
        value: name,
        expected: `the beginning of one of ${notebooks.map(nameOf).join(', ')}`,
      })
  return notebooks.filter(
    (notebook) => names.length === 0 || names.some((name) => nameOf(notebook).startsWith(name)),
  )
}

const nameOf = ({ path }: Notebook) => basename(path, '.md')
const hrefOf = (notebook: Notebook) => `${nameOf(notebook)}.html`
const linkTo = (notebook: Notebook): PageLink => ({ title: notebook.title, href: hrefOf(notebook) })

/** When all have been made, so that one that fails leaves the old pages as they are; a reader never sees half a page. */
async function writeAll(pages: readonly [name: string, html: string][], folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [name, html] of pages) {
    const path = join(folder, name)
    await writeFile(`${path}.part`, html)
    await rename(`${path}.part`, path)
  }
}

await main(program)
