/** What a link promises whoever sends over it. */
import { expect, test } from 'vitest'
import { silentLog } from '../../../src/node/base/log.ts'
import { ControlLink } from '../../../src/node/net/link.ts'
import { manualClock } from '../../support/manual-clock.ts'

test('a connection that ends while the fetch lane opens is a peer that has gone, whatever its words', async () => {
  const link = new ControlLink(
    {
      clock: manualClock(),
      log: silentLog(),
      openFetch: () => Promise.reject(new Error('The connection muxer is "closed" and not "open"')),
      hangUp: () => {},
    },
    { device: 'b', address: '', dialled: true, decides: true, incarnation: new Uint8Array(16) },
  )
  await expect(link.send('fetch', [new Uint8Array(1)])).rejects.toMatchObject({ code: 'PEER_GONE' })
})
