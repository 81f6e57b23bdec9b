/** Where a window may go, and what reaches the browser. */
import { expect, test } from 'vitest'
import { guardContents, mayOpenExternally } from '../../../src/main/navigation.ts'
import { FakeContents, FakeEvent } from '../../support/fake-electron.ts'

const HOSTS = ['docs.example.org']

test.each([
  { url: 'https://docs.example.org/page?x#y', may: true },
  { url: 'https://DOCS.example.org/', may: true },
  { url: 'https://docs.example.org:443/', may: true },
  { url: 'https://docs.example.org:8443/', may: false },
  { url: 'http://docs.example.org/', may: false },
  { url: 'https://example.org/', may: false },
  { url: 'https://evil.docs.example.org/', may: false },
  { url: 'https://docs.example.org.evil.net/', may: false },
  { url: 'https://docs.example.org@evil.net/', may: false },
  { url: 'https://evil@docs.example.org/', may: false },
  { url: 'file:///etc/passwd', may: false },
  { url: 'smb://docs.example.org/share', may: false },
  { url: 'javascript:alert(1)', may: false },
  { url: 'ms-msdt:/id', may: false },
  { url: 'mailto:a@docs.example.org', may: false },
  { url: '\\\\docs.example.org\\share', may: false },
  { url: '', may: false },
])('the browser gets $url: $may', ({ url, may }) => {
  expect(mayOpenExternally(url, HOSTS)).toBe(may)
})

function guarded() {
  const contents = new FakeContents(1)
  const opened: string[] = []
  guardContents(contents, { hosts: HOSTS, open: (url) => opened.push(url) })
  return { contents, opened }
}

test.each(['will-navigate', 'will-redirect', 'will-frame-navigate'])(
  '%s leaves our pages for nowhere',
  (name) => {
    const { contents } = guarded()
    const tried = [
      'https://docs.example.org/',
      'file:///etc/passwd',
      'app://other/',
      'about:blank',
      'app://bundle/x',
    ]
    const prevented = tried.map((url) => {
      const event = new FakeEvent(url)
      contents.emit(name, event)
      return event.prevented
    })
    expect(prevented).toEqual([true, true, true, true, false])
  },
)

test('no second window opens, and only a listed link goes to the browser', () => {
  const { contents, opened } = guarded()
  for (const url of [
    'app://bundle/index.html',
    'https://docs.example.org/a',
    'https://evil.net/',
    'about:blank',
  ])
    expect(contents.windowOpen?.({ url })).toEqual({ action: 'deny' })
  expect(opened).toEqual(['https://docs.example.org/a'])
})

test('no webview is attached', () => {
  const { contents } = guarded()
  const event = new FakeEvent()
  contents.emit('will-attach-webview', event)
  expect(event.prevented).toBe(true)
})
