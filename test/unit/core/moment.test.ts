/** What has to be done so that a folder is what it was. */
import { describe, expect, test } from 'vitest'
import type { PastChange, PathContent } from '../../../src/node/core/history.ts'
import { correct, differences, doubtful, makeConsistent, planMoment } from '../../../src/node/core/moment.ts'
import { stayingUnsure, undo, unknownPast } from '../../../src/node/core/moment.ts'
import type { MomentStep, Whereabouts } from '../../../src/node/core/moment.ts'

const file = (contentHash: string): PathContent => ({ kind: 'file', contentHash })
const link = (contentHash: string): PathContent => ({ kind: 'symlink', contentHash })
const directory: PathContent = { kind: 'directory', contentHash: '' }

function change(path: string, was?: PathContent, is?: PathContent): PastChange {
  return { timeMs: 0, path, was, is, device: 'd', name: 'd', source: 'local' }
}

type Tree = Readonly<Record<string, PathContent>>

function plan(past: Tree, present: Tree, whereIs: (content: PathContent) => Whereabouts = () => 'here') {
  const paths = new Set([...Object.keys(past), ...Object.keys(present)])
  const was = new Map([...paths].map((path) => [path, past[path]]))
  return planMoment(differences(was, new Map(Object.entries(present))), whereIs)
}

const short = (step: MomentStep): string => `${step.kind} ${step.path}`

describe('the plan', () => {
  test.each<{ what: string; past: Tree; present: Tree; steps: readonly string[] }>([
    {
      what: 'an edited file is put back',
      past: { a: file('1') },
      present: { a: file('2') },
      steps: ['put a'],
    },
    { what: 'a deleted file is put back', past: { a: file('1') }, present: {}, steps: ['put a'] },
    { what: 'a new file is removed', past: {}, present: { a: file('1') }, steps: ['remove a'] },
    { what: 'what is as it was is left alone', past: { a: file('1') }, present: { a: file('1') }, steps: [] },
    {
      what: 'a renamed file is put back before its other name goes',
      past: { b: file('1') },
      present: { a: file('1') },
      steps: ['put b', 'remove a'],
    },
    {
      what: 'a deleted tree comes from the top down',
      past: { d: directory, 'd/e': directory, 'd/e/a': file('1') },
      present: {},
      steps: ['make d', 'make d/e', 'put d/e/a'],
    },
    {
      what: 'a new tree goes from the bottom up',
      past: {},
      present: { d: directory, 'd/e': directory, 'd/e/a': file('1') },
      steps: ['remove d/e/a', 'remove d/e', 'remove d'],
    },
    {
      what: 'a file makes room for the directory that was there',
      past: { d: directory, 'd/a': file('1') },
      present: { d: file('2'), other: file('3') },
      steps: ['remove d', 'make d', 'put d/a', 'remove other'],
    },
    {
      what: 'a directory makes room for the file that was there',
      past: { d: file('1') },
      present: { d: directory, 'd/a': file('2'), 'd.x': file('3') },
      steps: ['remove d/a', 'remove d', 'put d', 'remove d.x'],
    },
    {
      what: 'a file replaces a link in one step',
      past: { a: file('1') },
      present: { a: link('2') },
      steps: ['put a'],
    },
  ])('$what', ({ past, present, steps }) => {
    expect(plan(past, present).steps.map(short)).toEqual(steps)
  })

  test('names what cannot be had and leaves what is there now', () => {
    const where = ({ contentHash }: PathContent): Whereabouts =>
      contentHash === 'gone' ? 'not-kept' : contentHash === 'off' ? 'away' : 'elsewhere'
    const past = { a: file('gone'), b: file('off'), c: file('1'), d: file('gone') }
    const found = plan(past, { a: file('2'), b: file('2'), d: directory }, where)
    expect(found.steps).toEqual([
      { kind: 'put', path: 'c', content: file('1'), over: undefined, where: 'elsewhere' },
    ])
    expect(found.lost).toEqual([
      { path: 'a', content: file('gone'), where: 'not-kept' },
      { path: 'b', content: file('off'), where: 'away' },
      { path: 'd', content: file('gone'), where: 'not-kept' },
    ])
  })

  test('makes directories wherever the contents of files are', () => {
    const found = plan({ d: directory, 'd/a': file('1') }, {}, () => 'away')
    expect([found.steps.map(short), found.lost.map(({ path }) => path)]).toEqual([['make d'], ['d/a']])
  })

  test('says what a content replaces, so that nothing else is replaced', () => {
    const [step] = plan({ a: file('1') }, { a: link('2') }).steps
    expect(step).toMatchObject({ over: link('2') })
    const turned = plan({ a: file('1') }, { a: directory }).steps
    expect(turned.at(-1)).toMatchObject({ kind: 'put', over: undefined })
  })
})

describe('what a log tells of the past', () => {
  const found = (path: string, is: PathContent): PastChange => ({
    ...change(path, undefined, is),
    source: 'found',
  })

  test('of several changes of a path the oldest says what it was', () => {
    const past = unknownPast()
    undo(past, [change('a', file('2'), file('3')), change('b', file('1'), undefined)])
    undo(past, [change('a', undefined, file('1')), change('b', undefined, file('1'))])
    expect([...past.contents]).toEqual([
      ['a', undefined],
      ['b', undefined],
    ])
  })

  test('what was found only says nothing of before: it was not absent, and was the oldest that is known', () => {
    const past = unknownPast()
    undo(past, [change('a', file('1'), file('2')), found('a', file('1')), found('b', file('1'))])
    expect([...past.contents]).toEqual([
      ['a', file('1')],
      ['b', file('1')],
    ])
    expect(stayingUnsure(past, new Map([...past.contents, ['a', file('2')]]) as never)).toEqual(['b'])
  })

  test('what was found to be other than before, or gone, was what it had been', () => {
    const past = unknownPast()
    const edited = { ...found('a', file('2')), was: file('1') }
    const gone: PastChange = { ...change('b', undefined, undefined), source: 'found' }
    undo(past, [edited, gone])
    expect([...past.contents]).toEqual([
      ['a', file('1')],
      ['b', undefined],
    ])
    expect(past.unsure.size).toBe(0)
    expect([...doubtful(past)]).toEqual(['b'])
  })

  test('what stays though it may not have been there is listed in order, and only what still is that', () => {
    const past = unknownPast()
    undo(past, [found('c', file('1')), found('a', file('1')), found('b', file('1')), found('d', file('1'))])
    const present = new Map([
      ['a', file('1')],
      ['b', file('2')],
      ['c', file('1')],
    ]) as never
    expect(stayingUnsure(past, present)).toEqual(['a', 'c'])
  })

  test('a change that is older than a find says what was there before', () => {
    const past = unknownPast()
    undo(past, [found('a', file('2')), change('a', file('1'), undefined)])
    expect([past.contents.get('a'), past.unsure.size]).toEqual([file('1'), 0])
  })

  test('where the log seems to say that nothing was there, what it says further back counts', () => {
    const past = unknownPast()
    undo(past, [found('a', file('2')), change('b', undefined, file('2')), change('c', undefined, file('2'))])
    const asked = doubtful(past)
    expect([...asked].sort()).toEqual(['a', 'b', 'c'])
    correct(past, asked, [change('a', undefined, file('1')), change('b', file('0'), file('1'))])
    correct(past, asked, [change('b', undefined, file('0')), change('c', file('1'), undefined)])
    expect([...past.contents]).toEqual([
      ['a', file('1')],
      ['b', file('1')],
      ['c', undefined],
    ])
    expect([past.unsure.size, asked.size]).toEqual([0, 0])
  })

  test('what was found stays, also when it was deleted further back', () => {
    const past = unknownPast()
    undo(past, [found('a', file('2'))])
    correct(past, doubtful(past), [change('a', file('1'), undefined)])
    expect([past.contents.get('a'), [...past.unsure]]).toEqual([file('2'), ['a']])
  })

  test('what was found stays with the directories above it, unless a file was there', () => {
    const past = unknownPast()
    undo(past, [found('d/e/a', file('1')), found('f/a', file('1')), change('f', file('1'), directory)])
    undo(past, [change('d/e', undefined, directory), change('d', undefined, directory)])
    makeConsistent(past)
    expect(Object.fromEntries(past.contents)).toEqual({
      d: directory,
      'd/e': directory,
      'd/e/a': file('1'),
      f: file('1'),
      'f/a': undefined,
    })
    expect([...past.unsure].toSorted()).toEqual(['d', 'd/e', 'd/e/a'])
  })

  test('a file that is unsure itself takes nothing below it away, and what the log does not name stays out', () => {
    const past = unknownPast()
    undo(past, [found('d/a', file('1')), found('d', file('1')), found('e/f/a', file('1'))])
    undo(past, [change('e/f', directory, directory)])
    makeConsistent(past)
    expect(Object.fromEntries(past.contents)).toEqual({
      d: file('1'),
      'd/a': file('1'),
      'e/f': directory,
      'e/f/a': file('1'),
    })
    expect([...past.unsure].toSorted()).toEqual(['d', 'd/a', 'e/f/a'])
  })
})
