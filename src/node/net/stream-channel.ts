/**
 * A lane over a libp2p stream: always the control lane, and the block lanes where no direct
 * socket can be opened. Promises back-pressure in both directions, which libp2p 3.3 gives only to
 * those who avoid its natural-looking calls. Never opens a stream.
 */
import type { Stream } from '@libp2p/interface'
import { SEND_BUFFER_BYTES } from './channel.ts'
import type { Channel } from './channel.ts'

/** `onDrain()` works once only and 'drain' fires without room: so all three, and look again. */
const WAKES = ['drain', 'idle', 'close'] as const

/** Call it synchronously in the stream's handler, or the first bytes are lost. */
export function streamChannel(stream: Stream): Channel {
  let wantsPause = false
  let isClosed = stream.status !== 'open'
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  const ended = (): void => {
    isClosed = true
    resolve()
  }
  if (isClosed) ended()
  stream.addEventListener('close', ended)
  stream.addEventListener('remoteCloseWrite', () => {
    ended()
    stream.abort(new Error('the other side ended the lane'))
  })
  const isFull = (): boolean =>
    !isClosed && (stream.writableNeedsDrain || stream.writeBufferLength > SEND_BUFFER_BYTES)
  return {
    kind: 'stream',
    closed,
    get isClosed() {
      return isClosed
    },
    write(parts) {
      const joined = Buffer.concat(parts)
      stream.send(new Uint8Array(joined.buffer, joined.byteOffset, joined.byteLength))
    },
    room() {
      return isFull() ? waitForRoom(stream, isFull) : undefined
    },
    listen(receive) {
      stream.addEventListener('message', ({ data }) => {
        if (data instanceof Uint8Array) receive(data)
        else for (const part of data) receive(part)
      })
    },
    pause() {
      wantsPause = true
      // Paused inside a 'message' listener it would be undone by the resume() that dispatched it.
      queueMicrotask(() => {
        if (wantsPause && stream.status === 'open' && stream.readStatus === 'readable') stream.pause()
      })
    },
    resume() {
      wantsPause = false
      if (stream.readStatus === 'paused') stream.resume()
    },
    destroy() {
      if (!isClosed) stream.abort(new Error('lane closed'))
      ended()
    },
  }
}

async function waitForRoom(stream: Stream, isFull: () => boolean): Promise<void> {
  while (isFull()) {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        for (const name of WAKES) stream.removeEventListener(name, wake)
        queueMicrotask(resolve) // after the stream's own listeners have changed its state
      }
      for (const name of WAKES) stream.addEventListener(name, wake)
    })
  }
}
