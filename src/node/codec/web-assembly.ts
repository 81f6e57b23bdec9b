/**
 * The part of WebAssembly that codec uses, typed. Promises nothing but types: the libraries that
 * node code compiles with leave WebAssembly out, and the DOM's would bring a browser along.
 */
export interface WasmMemory {
  readonly buffer: ArrayBuffer
}

/** A compiled module; opaque. */
export type WasmModule = object

interface WasmInstance {
  readonly exports: Record<string, unknown>
}

interface WebAssemblyGlobal {
  readonly Module: new (binary: Uint8Array) => WasmModule
  readonly Instance: new (
    module: WasmModule,
    imports: Record<string, Record<string, unknown>>,
  ) => WasmInstance
  /** Sizes in pages of 64 KiB. */
  readonly Memory: new (size: { initial: number; maximum: number }) => WasmMemory
}

export const { Module, Instance, Memory } = (globalThis as unknown as { WebAssembly: WebAssemblyGlobal })
  .WebAssembly
