/** What has to be done so that a folder is what it was. */
import { describe, expect, test } from 'vitest'
import type { PastChange, PathContent } from '../../../src/node/core/history.ts'
import { differences, planMoment, undo } from '../../../src/node/core/moment.ts'
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

  test('says what a content replaces, so that nothing else is replaced', () => {
    const [step] = plan({ a: file('1') }, { a: link('2') }).steps
    expect(step).toMatchObject({ over: link('2') })
    const turned = plan({ a: file('1') }, { a: directory }).steps
    expect(turned.at(-1)).toMatchObject({ kind: 'put', over: undefined })
  })
})

test('of several changes of a path the oldest says what it was', () => {
  const past = new Map()
  undo(past, [change('a', file('2'), file('3')), change('b', file('1'), undefined)])
  undo(past, [change('a', undefined, file('1')), change('b', undefined, file('1'))])
  expect([...past]).toEqual([
    ['a', undefined],
    ['b', undefined],
  ])
})
