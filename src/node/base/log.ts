/**
 * The log port. Promises a fixed sentence plus facts as fields, one line each. Never carries
 * file contents, keys or tokens. error: a person must act; warn: degraded, healing; info: life
 * events; debug: per file; trace: per block.
 */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'trace'
export type LogFields = Readonly<Record<string, unknown>>

export interface Log {
  error(sentence: string, fields?: LogFields): void
  warn(sentence: string, fields?: LogFields): void
  info(sentence: string, fields?: LogFields): void
  debug(sentence: string, fields?: LogFields): void
  trace(sentence: string, fields?: LogFields): void
  /** A log that adds `fields` to every line. */
  with(fields: LogFields): Log
}

const ORDER: readonly LogLevel[] = ['error', 'warn', 'info', 'debug', 'trace']

/** Writes one JSON object per line through `write`, dropping levels below `level`. */
export function jsonLog(
  write: (line: string) => void,
  level: LogLevel,
  nowMs: () => number,
  base: LogFields = {},
): Log {
  const limit = ORDER.indexOf(level)
  const at =
    (name: LogLevel) =>
    (sentence: string, fields: LogFields = {}): void => {
      if (ORDER.indexOf(name) > limit) return
      const line = { time: new Date(nowMs()).toISOString(), level: name, msg: sentence, ...base, ...fields }
      write(JSON.stringify(line, plainValue))
    }
  return {
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    trace: at('trace'),
    with: (fields) => jsonLog(write, level, nowMs, { ...base, ...fields }),
  }
}

/** JSON has neither bigint nor Error; a log line must never throw over either. */
function plainValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Error) return { message: value.message, code: (value as { code?: unknown }).code }
  return value
}

/** Says nothing; for tests. */
export function silentLog(): Log {
  const nothing = (): void => {}
  const log: Log = {
    error: nothing,
    warn: nothing,
    info: nothing,
    debug: nothing,
    trace: nothing,
    with: () => log,
  }
  return log
}
