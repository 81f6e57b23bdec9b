/**
 * How much a browser loads before it shows anything. Promises to weigh what the built page names,
 * gzipped as a browser gets it. Never builds: "npm run size" does before.
 */
import { readFileSync } from 'node:fs'

const PAGE = new URL('dist/renderer/index.html', import.meta.url)

const page = readFileSync(PAGE, 'utf8')
const named = [...page.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(
  ([, path]) => 'dist/renderer/' + path,
)
const ending = (name) => named.filter((path) => path.endsWith(name))

export default [
  // React and react-dom 66, ten controls 69, i18next 21, the RPC client and our own screens.
  { name: 'initial JavaScript', path: ending('.js'), limit: '220 kB', gzip: true },
  { name: 'initial CSS', path: ending('.css'), limit: '20 kB', gzip: true },
]
