/** The helpers by which other tests wait. */
import { expect, test } from 'vitest'
import { eventually, within } from '../../support/deadline.ts'

test('within hands on a result and a failure as they are', async () => {
  await expect(within(1_000, 'x', Promise.resolve(7))).resolves.toBe(7)
  await expect(within(1_000, 'x', Promise.reject(new Error('own')))).rejects.toThrow('own')
})

test('within names what did not happen', async () => {
  await expect(within(5, 'the link', new Promise(() => {}))).rejects.toThrow('not within 5 ms: the link')
})

test('eventually looks again until it sees something', async () => {
  const answers = [undefined, false, 0]
  await expect(eventually(1_000, 'a number', () => answers.shift())).resolves.toBe(0)
  expect(answers).toEqual([])
})

test('eventually forgives failures before the deadline and names the last one after it', async () => {
  let looks = 0
  const seen = eventually(1_000, 'calm', () => {
    looks += 1
    if (looks < 3) throw new Error('not yet')
    return 'calm'
  })
  await expect(seen).resolves.toBe('calm')
  const never = eventually(5, 'calm', () => Promise.reject(new Error('storm')))
  await expect(never).rejects.toMatchObject({ message: 'not within 5 ms: calm', cause: { message: 'storm' } })
})
