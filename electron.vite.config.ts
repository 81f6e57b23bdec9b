/**
 * How dist/ is made: the screens, the desktop's main process and its preload, and the node.
 * Promises bundles that need nothing beside them but Electron, Node and the native SQLite, and a
 * page that keeps to the content security policy: no inline script, style or data. Never used by
 * development of the node, which runs from source.
 */
import { basename, dirname, resolve } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'
import type { InlineConfig, Plugin } from 'vite'

/** Native code cannot be bundled; it lies in node_modules, in the package as in the checkout. */
const NATIVE = ['better-sqlite3']

/** Everything else is bundled, so that a package holds no node_modules. */
const BUNDLED = { externalizeDeps: false, minify: false, reportCompressedSize: false } as const

export default defineConfig({
  main: {
    build: {
      ...BUNDLED,
      outDir: 'dist/main',
      rolldownOptions: { input: 'src/main/index.ts', output: { format: 'es', entryFileNames: '[name].js' } },
    },
  },
  preload: {
    build: {
      ...BUNDLED,
      outDir: 'dist/preload',
      // A sandboxed preload is one file and no module.
      rolldownOptions: {
        input: 'src/main/preload.ts',
        output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
      },
    },
  },
  renderer: {
    root: 'src/renderer',
    plugins: [react()],
    build: {
      outDir: resolve('dist/renderer'),
      rolldownOptions: { input: resolve('src/renderer/index.html') },
      // Browsers are people's own, so Electron's Chromium says nothing. These know light-dark().
      target: 'es2022',
      cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
      minify: true,
      // The policy allows no data: scripts or fonts, and the polyfill would be an inline script.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
    },
  },
})

/** The node: its command line, its entry below Electron, and the jobs that run in threads. */
export function nodeConfig(entries: readonly string[]): InlineConfig {
  return {
    configFile: false,
    logLevel: 'warn',
    plugins: [jobFiles()],
    ssr: { target: 'node', noExternal: true, external: NATIVE },
    build: {
      ssr: true,
      outDir: 'dist/node',
      target: 'node24',
      minify: false,
      emptyOutDir: true,
      rolldownOptions: {
        input: [...entries],
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  }
}

const JOB_FILE = /new URL\((['"])(?<file>\.{1,2}\/[\w./-]+)\.ts\1, import\.meta\.url\)/g

/**
 * Modules that run in threads are named by URL, relative to the source that names them. Each
 * becomes an entry of the bundle; all bundles lie in one directory, so the new name fits wherever
 * the source ends up.
 */
function jobFiles(): Plugin {
  const sources = new Map<string, string>()
  return {
    name: 'peerfold-job-files',
    transform(code, id) {
      if (!id.endsWith('.ts') || !code.includes('new URL(')) return undefined
      return code.replaceAll(JOB_FILE, (_match, _quote, file: string) => {
        const name = basename(file)
        const source = resolve(dirname(id), `${file}.ts`)
        const known = sources.get(name)
        if (known === undefined) this.emitFile({ type: 'chunk', id: source, fileName: `${name}.js` })
        else if (known !== source) throw new Error(`two job files are called ${name}: ${known} and ${source}`)
        sources.set(name, source)
        return `new URL('./${name}.js', import.meta.url)`
      })
    },
  }
}
