import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Route, send } from './server.ts'

/** The faces that style.css names, by their weight; the same package that the pictures are rendered with. */
const FACES = { 400: '400Regular/Inter_400Regular', 600: '600SemiBold/Inter_600SemiBold' }

/** `GET /inter-400.ttf` and the like: the pages look the same on every machine, without a network. */
export const FONT_ROUTES: Readonly<Record<string, Route>> = Object.fromEntries(
  Object.entries(FACES).map(([weight, face]) => [
    `GET /inter-${weight}.ttf`,
    async (_, response) => {
      const file = fileURLToPath(import.meta.resolve(`@expo-google-fonts/inter/${face}.ttf`))
      send(response, 'font/ttf', await readFile(file))
    },
  ]),
)
