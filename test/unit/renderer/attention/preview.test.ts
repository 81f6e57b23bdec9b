/** A look into a file: by its bytes, never by its name, and only of what the node spoke of. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { excerptsOf } from '../../../../src/renderer/screens/attention/line-diff.ts'
import * as preview from '../../../../src/renderer/screens/attention/preview.ts'

const bytes = (...parts: (string | number[])[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part as never))))

describe('a preview', () => {
  test.each([
    { what: 'PNG', content: bytes([0x89], 'PNG\r\n', [0x1a], '\n', 'rest'), type: 'image/png' },
    { what: 'JPEG', content: bytes([0xff, 0xd8, 0xff, 0xe0]), type: 'image/jpeg' },
    { what: 'GIF', content: bytes('GIF89a'), type: 'image/gif' },
    { what: 'WebP', content: bytes('RIFF....WEBPVP8 '), type: 'image/webp' },
  ])('of $what is a picture of its own type', ({ content, type }) => {
    const shown = preview.previewOf(content)
    expect(shown.kind).toBe('image')
    const [head, body = ''] = shown.kind === 'image' ? shown.url.split(',') : []
    expect(head).toBe(`data:${type};base64`)
    expect(Buffer.from(body, 'base64').equals(content)).toBe(true)
  })

  test.each([
    { what: 'a drawing that can hold a program', content: '<svg xmlns="x"><script>alert(1)</script></svg>' },
    { what: 'a page', content: '<html><script>alert(1)</script></html>' },
    { what: 'text that only speaks of WEBP', content: 'I like, WEBP more' },
  ])('of $what is its text', ({ content }) => {
    expect(preview.previewOf(bytes(content))).toEqual({ kind: 'text', text: content })
  })

  test.each([
    { what: 'bytes that are no UTF-8', content: bytes([0xc3, 0x28]) },
    { what: 'UTF-8 with a NUL', content: bytes('a', [0], 'b') },
    { what: 'text above the limit', content: bytes('x'.repeat(preview.TEXT_LIMIT + 1)) },
  ])('of $what is none', ({ content }) => {
    expect(preview.previewOf(content)).toEqual({ kind: 'none' })
  })

  test('is not fetched of what is large, a picture excepted up to its own limit', () => {
    expect(preview.isWorthFetching('a.txt', preview.TEXT_LIMIT)).toBe(true)
    expect(preview.isWorthFetching('a.txt', preview.TEXT_LIMIT + 1)).toBe(false)
    expect(preview.isWorthFetching('a.JPEG', preview.TEXT_LIMIT + 1)).toBe(true)
    expect(preview.isWorthFetching('a.JPEG', preview.IMAGE_LIMIT + 1)).toBe(false)
  })
})

describe('what is fetched', () => {
  afterEach(() => vi.unstubAllGlobals())
  const answer = (response: Response) => vi.stubGlobal('fetch', () => Promise.resolve(response))
  const ask = () => preview.fetchPreview('/content', 'sha256:ab', new AbortController().signal)

  test('is shown when it is the content that the node spoke of', async () => {
    answer(new Response('hello', { headers: { etag: '"sha256:ab"' } }))
    expect(await ask()).toEqual({ kind: 'text', text: 'hello' })
  })

  test('is not shown when it is another content, or has not been recorded', async () => {
    answer(new Response('hello', { headers: { etag: '"sha256:cd"' } }))
    expect(await ask()).toEqual({ kind: 'changed' })
    answer(new Response('hello'))
    expect(await ask()).toEqual({ kind: 'changed' })
  })
})

describe('two texts side by side', () => {
  const marked = (text: string, other: string) =>
    excerptsOf(text, other)[0].lines.map((line) => (line.differs ? `*${line.text}` : line.text))

  test('mark the lines that only one of them has', () => {
    expect(marked('a\nb\nc\n', 'a\nx\nc\n')).toEqual(['a', '*b', 'c'])
    expect(marked('a\nnew\nb\nc\n', 'a\nb\nc\n')).toEqual(['a', '*new', 'b', 'c'])
    expect(marked('a\nb\nc\n', 'a\nnew\nb\nc\n')).toEqual(['a', 'b', 'c'])
  })

  test('mark nothing for line ends and a last line break', () => {
    expect(marked('a\r\nb\r\n', 'a\nb')).toEqual(['a', 'b'])
  })

  test('begin shortly before the first difference, with the same lines left out on both sides', () => {
    const lines = Array.from({ length: 40 }, (_, at) => `line ${at}`)
    const changed = lines.with(20, 'changed')
    const [left, right] = excerptsOf(lines.join('\n'), changed.join('\n'))
    expect(left.before).toBe(18)
    expect(right.before).toBe(18)
    expect(right.lines[2]).toEqual({ text: 'changed', differs: true })
    expect(left.before + left.lines.length + left.after).toBe(40)
    expect(left.afterDiffers).toBe(false)
    expect(excerptsOf(lines.join('\n'), changed.with(39, 'too').join('\n'))[0].afterDiffers).toBe(true)
  })

  test('give up on marks, not on the text, when there are too many lines to compare', () => {
    const [left] = excerptsOf(`${'a\n'.repeat(2_000)}end`, `${'b\n'.repeat(2_000)}end`)
    expect(left.lines.length).toBeGreaterThan(0)
    expect(left.lines.every(({ differs }) => !differs)).toBe(true)
  })

  test('show the beginning of a line that is long, whole characters of it', () => {
    const [left] = excerptsOf('🦊'.repeat(5_000), 'b')
    expect(left.lines).toEqual([{ text: `${'🦊'.repeat(300)}…`, differs: true }])
  })

  test('may be empty', () => {
    expect(excerptsOf('', '')[0]).toEqual({ before: 0, lines: [], after: 0, afterDiffers: false })
    expect(marked('', 'a')).toEqual([])
    expect(marked('a', '')).toEqual(['*a'])
  })
})
