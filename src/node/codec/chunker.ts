/**
 * Cuts content into blocks as it streams through one window of memory. Promises the same blocks
 * however the bytes arrive, and memory of one window whatever the size. Never copies a byte
 * except a block's beginning when the window is full, and never reads a file itself.
 */
import { PeerfoldError } from '../base/errors.ts'
import { getCutParameters, MAX_BLOCK_BYTES } from './chunker-parameters.ts'
import type { CutParameters } from './chunker-parameters.ts'
import { FASTCDC_WASM_BASE64 } from './fastcdc-wasm.ts'
import { gearTable } from './gear.ts'
import { Instance, Memory, Module } from './web-assembly.ts'
import type { WasmModule } from './web-assembly.ts'

/** Exactly the longest block: one that is not finished always fits. */
export const WINDOW_BYTES = MAX_BLOCK_BYTES

const WASM_PAGE_BYTES = 65_536
/** The compiled module uses no memory of its own; 0 is left free so that no address is falsy. */
const TABLE_AT = 1024
const WINDOW_AT = WASM_PAGE_BYTES

type Cut = (
  table: number,
  start: number,
  searched: number,
  filled: number,
  min: number,
  avg: number,
  max: number,
  maskBefore: number,
  maskAfter: number,
) => number

/** The memory that content passes through. Lent to one chunker at a time, reused between files. */
export interface ChunkerWindow {
  /** WINDOW_BYTES long; also fit for plain reading while no chunker uses it. */
  readonly bytes: Uint8Array
  /** As in assembly/fastcdc.ts, counted from the beginning of the window. */
  cut(start: number, searched: number, filled: number, parameters: CutParameters): number
}

let compiled: WasmModule | undefined

export function createChunkerWindow(): ChunkerWindow {
  compiled ??= new Module(Buffer.from(FASTCDC_WASM_BASE64, 'base64'))
  const pages = (WINDOW_AT + WINDOW_BYTES) / WASM_PAGE_BYTES
  const memory = new Memory({ initial: pages, maximum: pages })
  new Uint32Array(memory.buffer, TABLE_AT).set(gearTable())
  const cut = new Instance(compiled, { env: { memory } }).exports['cut'] as Cut
  return {
    bytes: new Uint8Array(memory.buffer, WINDOW_AT, WINDOW_BYTES),
    // Found lengths are at most 4 MiB, so the sign of a WebAssembly i32 does not matter.
    cut: (start, searched, filled, p) =>
      cut(TABLE_AT, WINDOW_AT + start, searched, filled, p.min, p.avg, p.max, p.maskBefore, p.maskAfter),
  }
}

/**
 * Use: `into = room()`, fill its beginning, `advance(count)`; again until the content ends, then
 * `finish()`. Returned blocks are views of the window, valid until the next call of `room`.
 */
export interface Chunker {
  /** Where the next bytes go; never empty. */
  room(): Uint8Array
  /** Takes `count` bytes written to the beginning of `room()`; returns the blocks that end in them. */
  advance(count: number): Uint8Array[]
  /** The last block (none when nothing is left); afterwards the chunker begins a new content. */
  finish(): Uint8Array[]
}

export function createChunker(name: string, window: ChunkerWindow = createChunkerWindow()): Chunker {
  return chunkerFor(getCutParameters(name), window)
}

/** For parameters without a registered name: test vectors. */
export function chunkerFor(parameters: CutParameters, window: ChunkerWindow): Chunker {
  // The unfinished block lies in [start, end); its first `searched` bytes have no cut.
  let start = 0
  let end = 0
  let searched = 0

  function room(): Uint8Array {
    const free = WINDOW_BYTES - end
    // A block is moved when the window is full, or when reads would become small: moving costs a
    // tenth of reading, a read of a few bytes costs as much as one of many.
    if (start > 0 && free < WINDOW_BYTES / 4) {
      window.bytes.copyWithin(0, start, end)
      end -= start
      start = 0
    }
    return window.bytes.subarray(end)
  }

  function advance(count: number): Uint8Array[] {
    if (!(count >= 0 && count <= WINDOW_BYTES - end)) {
      throw new PeerfoldError('INTERNAL', 'more bytes than the window had room for', { count })
    }
    end += count
    const blocks: Uint8Array[] = []
    for (;;) {
      const length = window.cut(start, searched, end - start, parameters)
      if (length === 0) break
      blocks.push(window.bytes.subarray(start, start + length))
      start += length
      searched = 0
    }
    searched = end - start
    return blocks
  }

  function finish(): Uint8Array[] {
    const last = window.bytes.subarray(start, end)
    start = end = searched = 0
    return last.length === 0 ? [] : [last]
  }

  return { room, advance, finish }
}
