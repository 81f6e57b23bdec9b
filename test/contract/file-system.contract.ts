/**
 * What every FileSystem does, whoever it is. Promises to test through the port alone; each twin
 * runs it in its own file.system.test. Never assumes that the tests run without root's rights.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { codeOf } from '../../src/node/base/errors.ts'
import type { FileSystem, FolderRoot, WriteHandle } from '../../src/node/fs/file-system.ts'

export interface ContractSubject {
  readonly fileSystem: FileSystem
  /** An existing empty directory, absolute. */
  readonly directory: string
  /** Handles the process has open through this file system. */
  openHandles(): number
  remove(): Promise<void>
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** The code of the failure that `run` must end in. */
async function failure(run: Promise<unknown>): Promise<string> {
  return run.then(
    () => 'no failure',
    (error: unknown) => codeOf(error),
  )
}

async function put(root: FolderRoot, path: string, text: string, mode = 0o644): Promise<void> {
  const handle = await root.createFile(path, mode)
  await handle.write(bytes(text), 0)
  await handle.close()
}

async function content(root: FolderRoot, path: string): Promise<string> {
  const handle = await root.openRead(path)
  const into = new Uint8Array(4096)
  const count = await handle.read(into, 0)
  await handle.close()
  return new TextDecoder().decode(into.subarray(0, count))
}

export function fileSystemContract(name: string, create: () => Promise<ContractSubject>): void {
  describe(`${name} keeps the contract of a file system`, () => {
    let subject: ContractSubject
    let root: FolderRoot
    beforeEach(async () => {
      subject = await create()
      root = await subject.fileSystem.openRoot(subject.directory)
    })
    afterEach(async () => {
      await root.close()
      await subject.remove()
    })

    describe('roots', () => {
      test('a root that does not exist says so', async () => {
        expect(await failure(subject.fileSystem.openRoot(`${subject.directory}/none`))).toBe(
          'FOLDER_PATH_MISSING',
        )
      })
      test('a root that is a file says so', async () => {
        await put(root, 'file', 'x')
        expect(await failure(subject.fileSystem.openRoot(`${subject.directory}/file`))).toBe(
          'FOLDER_PATH_NOT_DIRECTORY',
        )
      })
      test('the real path has no links in it', async () => {
        await root.makeDirectory('there', 0o755)
        await root.makeSymlink('here', 'there')
        const { fileSystem, directory } = subject
        const real = await fileSystem.realPath(`${directory}/there`)
        expect(await fileSystem.realPath(`${directory}/here`)).toBe(real)
        expect(await failure(fileSystem.realPath(`${directory}/none`))).toBe('FOLDER_PATH_MISSING')
      })
      test('a path is made with all above it, and again without error', async () => {
        const { fileSystem, directory } = subject
        await fileSystem.makePath(`${directory}/a/b/c`, 0o700)
        await fileSystem.makePath(`${directory}/a/b/c`, 0o700)
        expect((await root.lstat('a/b/c'))?.kind).toBe('directory')
        expect((await root.lstat('a/b/c'))?.mode).toBe(0o700)
        await put(root, 'file', '')
        expect(await failure(fileSystem.makePath(`${directory}/file/x`, 0o700))).toBe(
          'FOLDER_PATH_NOT_DIRECTORY',
        )
      })
      test('the root itself is looked at by its path, so that a moved root is noticed', async () => {
        await root.makeDirectory('inner', 0o755)
        const inner = await subject.fileSystem.openRoot(`${subject.directory}/inner`)
        expect((await inner.lstat(''))?.inode).toBe((await root.lstat('inner'))?.inode)
        await root.rename('inner', 'elsewhere')
        expect(await inner.lstat('')).toBeUndefined()
        await inner.close()
      })
      test('a closed root refuses everything', async () => {
        const other = await subject.fileSystem.openRoot(subject.directory)
        await other.close()
        await other.close()
        expect(await failure(other.list(''))).toBe('IO_ERROR')
      })
    })

    describe('files', () => {
      test('what is written is read back, at any position', async () => {
        const handle = await root.createFile('a', 0o644)
        await handle.write(bytes('world'), 6)
        await handle.write(bytes('hello '), 0)
        const into = new Uint8Array(20)
        expect(await handle.read(into, 0)).toBe(11)
        expect(new TextDecoder().decode(into.subarray(0, 11))).toBe('hello world')
        expect(await handle.read(into, 11)).toBe(0)
        expect(await handle.read(into, 1000)).toBe(0)
        await handle.close()
      })
      test('a gap reads as zeros, and truncating cuts and grows', async () => {
        const handle = await root.createFile('a', 0o644)
        await handle.write(bytes('abcdef'), 0)
        await handle.truncate(3)
        await handle.truncate(5)
        await handle.write(bytes('z'), 7)
        const into = new Uint8Array(8)
        expect(await handle.read(into, 0)).toBe(8)
        expect([...into]).toEqual([97, 98, 99, 0, 0, 0, 0, 122])
        await handle.close()
      })
      test('creating refuses a name that is taken, by a link too', async () => {
        await put(root, 'a', 'x')
        await root.makeSymlink('dangling', 'nowhere')
        expect(await failure(root.createFile('a', 0o644))).toBe('FILE_EXISTS')
        expect(await failure(root.createFile('dangling', 0o644))).toBe('FILE_EXISTS')
        expect(await root.lstat('nowhere')).toBeUndefined()
      })
      test('only regular files are opened', async () => {
        await root.makeDirectory('directory', 0o755)
        await put(root, 'file', 'x')
        await root.makeSymlink('link', 'file')
        for (const path of ['directory', 'link']) {
          expect(await failure(root.openRead(path))).toBe('KIND_UNSUPPORTED')
          expect(await failure(root.openWrite(path))).toBe('KIND_UNSUPPORTED')
        }
        expect(await failure(root.openRead('none'))).toBe('FILE_NOT_FOUND')
        expect(await failure(root.openWrite('none'))).toBe('FILE_NOT_FOUND')
        expect(await failure(root.openRead('file/x'))).toBe('FILE_NOT_FOUND')
      })
      test('an open file outlives its name', async () => {
        await put(root, 'a', 'still here')
        const handle = await root.openRead('a')
        await root.unlink('a')
        const into = new Uint8Array(10)
        expect(await handle.read(into, 0)).toBe(10)
        expect(new TextDecoder().decode(into)).toBe('still here')
        await handle.close()
      })
      test('a handle closes once and then refuses everything', async () => {
        const handle = await root.createFile('a', 0o644)
        await handle.close()
        await handle.close()
        expect(await failure(handle.write(bytes('x'), 0))).toBe('IO_ERROR')
        expect(await failure(handle.stat())).toBe('IO_ERROR')
      })
      test('a read handle can be synced', async () => {
        await put(root, 'a', 'x')
        const handle = await root.openRead('a')
        expect(await failure(handle.sync())).toBe('no failure')
        await handle.close()
      })
    })

    describe('stats', () => {
      test('tell kind, size, mode and identity of what was made', async () => {
        await put(root, 'a', 'hello', 0o600)
        await root.makeDirectory('d', 0o700)
        await root.makeSymlink('l', 'ä')
        expect(await root.lstat('a')).toMatchObject({ kind: 'file', size: 5, mode: 0o600 })
        expect(await root.lstat('d')).toMatchObject({ kind: 'directory', mode: 0o700 })
        expect(await root.lstat('l')).toMatchObject({ kind: 'symlink', size: 2 })
        const handle = await root.openRead('a')
        expect(await handle.stat()).toEqual(await root.lstat('a'))
        await handle.close()
      })
      test('nothing is undefined, below nothing and below a file and a link too', async () => {
        await put(root, 'file', 'x')
        await root.makeDirectory('d', 0o755)
        await put(root, 'd/x', 'x')
        await root.makeSymlink('link', 'd')
        for (const path of ['none', 'none/x', 'file/x', 'link/x'])
          expect(await root.lstat(path), path).toBeUndefined()
      })
      test('bad paths are refused before the disk is asked', async () => {
        for (const path of ['..', '../x', 'a/../../x', '/etc', 'a//b', './a', 'a\0b', '\ud800'])
          expect(await failure(root.lstat(path)), path).toBe('BAD_PATH')
        expect(await failure(root.list('..'))).toBe('BAD_PATH')
        expect(await failure(root.rename('x', '../y'))).toBe(await failure(root.lstat('../y')))
      })
      test.each([
        ['the present', 1_760_000_000_123_456_789n],
        ['before 1970', -1_234_567_890_123_456_789n],
        ['just before 1970', -1n],
        ['after 2038', 2_200_000_000_999_999_999n],
        ['after 2106', 4_400_000_000_123_456_001n],
      ])('a time of %s is kept to the microsecond', async (_, ns) => {
        await put(root, 'a', 'x')
        await root.makeSymlink('l', 'a')
        await root.makeDirectory('d', 0o755)
        const handle = await root.openWrite('a')
        await handle.setMtime(ns)
        const found = [(await handle.stat()).mtimeNs]
        await handle.close()
        for (const path of ['l', 'd']) {
          await root.setMtime(path, ns)
          found.push((await root.lstat(path))!.mtimeNs)
        }
        for (const mtimeNs of found) expect(BigInt.asIntN(64, mtimeNs - ns)).toBeOneOf(near(ns))
        expect((await root.lstat('a'))!.mtimeNs).toBe(found[0])
      })
      test('a mode is set exactly, through a handle and by path, never through a link', async () => {
        await put(root, 'a', 'x')
        await root.makeDirectory('d', 0o755)
        await root.makeSymlink('l', 'a')
        const handle = await root.openWrite('a')
        await handle.setMode(0o777)
        expect((await handle.stat()).mode).toBe(0o777)
        await handle.close()
        await root.setMode('a', 0o640)
        await root.setMode('d', 0o777)
        expect((await root.lstat('a'))?.mode).toBe(0o640)
        expect((await root.lstat('d'))?.mode).toBe(0o777)
        expect(await failure(root.setMode('l', 0o777))).toBe('KIND_UNSUPPORTED')
        expect((await root.lstat('a'))?.mode).toBe(0o640)
        expect(await failure(root.setMode('none', 0o777))).toBe('FILE_NOT_FOUND')
      })
      test('a mode or time meant for one entry is never set on what has its name by now', async () => {
        await put(root, 'a', 'x')
        await put(root, 'other', 'y')
        await root.makeSymlink('l', 'other')
        const meant = (await root.lstat('a'))!
        const link = (await root.lstat('l'))!
        expect([await root.setMode('a', 0o640, meant), await root.setMtime('a', 5_000n, meant)]).toEqual([
          true,
          true,
        ])
        expect(await root.lstat('a')).toMatchObject({ mode: 0o640, mtimeNs: 5_000n })
        expect(await root.setMtime('l', 7_000n, link)).toBe(true)
        expect((await root.lstat('l'))?.mtimeNs).toBe(7_000n)
        await root.rename('other', 'a')
        const taken = await root.lstat('a')
        expect([await root.setMode('a', 0o777, meant), await root.setMtime('a', 9_000n, meant)]).toEqual([
          false,
          false,
        ])
        expect(await root.lstat('a')).toEqual(taken)
        await root.unlink('a')
        await root.makeDirectory('a', 0o755)
        const directory = await root.lstat('a')
        expect([await root.setMode('a', 0o600, meant), await root.setMtime('a', 9_000n, meant)]).toEqual([
          false,
          false,
        ])
        expect(await root.lstat('a')).toEqual(directory)
      })
      test('every change moves the change time or another number', async () => {
        await put(root, 'a', 'x')
        const before = await root.lstat('a')
        await put(root, 'b', 'yz')
        await root.rename('b', 'a')
        expect(await root.lstat('a')).not.toEqual(before)
      })
    })

    describe('directories', () => {
      test('list what is in them, in any order', async () => {
        await root.makeDirectory('d', 0o755)
        expect(await root.list('d')).toEqual([])
        for (const name of ['b', 'ä', ' ', 'new\nline', '__proto__', 'x'.repeat(255)])
          await put(root, `d/${name}`, '')
        const names = (await root.list('d')).map((entry) => entry.name)
        expect(new Set(names)).toEqual(new Set(['b', 'ä', ' ', 'new\nline', '__proto__', 'x'.repeat(255)]))
        expect((await root.list('')).map((entry) => entry.shown)).toEqual(['d'])
      })
      test('list what is in them with its stats', async () => {
        await root.makeDirectory('d', 0o755)
        for (let n = 0; n < 40; n++) await put(root, `d/f${n}`, 'x'.repeat(n))
        await root.makeSymlink('d/l', 'f0')
        const listed = await root.listWithStats('d')
        expect(listed).toHaveLength(41)
        for (const { name, stat, error } of listed) {
          expect(error).toBeUndefined()
          expect(stat).toEqual(await root.lstat(`d/${name}`))
        }
      })
      test('listing needs a real directory', async () => {
        await put(root, 'file', 'x')
        await root.makeDirectory('d', 0o755)
        await root.makeSymlink('link', 'd')
        for (const path of ['none', 'file', 'link', 'link/x'])
          for (const list of [root.list, root.listWithStats])
            expect(await failure(list(path)), path).toBe('FILE_NOT_FOUND')
      })
      test('are removed only when empty', async () => {
        await root.makeDirectory('d', 0o755)
        await put(root, 'd/x', '')
        expect(await failure(root.removeDirectory('d'))).toBe('DIRECTORY_NOT_EMPTY')
        expect(await failure(root.removeDirectory('d/x'))).toBe('KIND_UNSUPPORTED')
        expect(await failure(root.removeDirectory('none'))).toBe('FILE_NOT_FOUND')
        await root.unlink('d/x')
        await root.removeDirectory('d')
        expect(await root.lstat('d')).toBeUndefined()
      })
      test('are not made twice', async () => {
        await root.makeDirectory('d', 0o755)
        expect(await failure(root.makeDirectory('d', 0o755))).toBe('FILE_EXISTS')
        expect(await failure(root.makeDirectory('none/d', 0o755))).toBe('FILE_NOT_FOUND')
      })
      test('are synced, the root too', async () => {
        await root.makeDirectory('d', 0o755)
        await root.syncDirectory('d')
        await root.syncDirectory('')
        expect(await failure(root.syncDirectory('none'))).toBe('FILE_NOT_FOUND')
      })
      test('go as deep as a path may be long', async () => {
        const names = Array.from({ length: 13 }, (_, depth) => `${depth}`.padEnd(255, 'x'))
        for (let depth = 1; depth <= names.length; depth++)
          await root.makeDirectory(names.slice(0, depth).join('/'), 0o755)
        await put(root, `${names.join('/')}/f`, 'deep')
        expect(await content(root, `${names.join('/')}/f`)).toBe('deep')
        const many = Array.from({ length: 200 }, () => 'd')
        for (let depth = 1; depth <= many.length; depth++)
          await root.makeDirectory(many.slice(0, depth).join('/'), 0o755)
        expect((await root.lstat(many.join('/')))?.kind).toBe('directory')
        expect(await failure(root.createFile(names.concat(names).join('/'), 0o644))).toBe('BAD_PATH')
      })
    })

    describe('links', () => {
      test('symbolic links keep their target and lead nowhere', async () => {
        for (const [name, target] of [
          ['dangling', 'nowhere'],
          ['outward', '/etc'],
          ['loop', 'loop'],
          ['odd', 'a\n ü'],
        ] as const) {
          await root.makeSymlink(name, target)
          expect(await root.readLink(name)).toBe(target)
          expect(await failure(root.makeSymlink(name, 'x'))).toBe('FILE_EXISTS')
        }
        await put(root, 'file', '')
        expect(await failure(root.readLink('file'))).toBe('KIND_UNSUPPORTED')
        expect(await failure(root.readLink('none'))).toBe('FILE_NOT_FOUND')
      })
      test('no operation goes through a link', async () => {
        await root.makeDirectory('d', 0o755)
        await put(root, 'd/x', 'x')
        await root.makeSymlink('l', 'd')
        const attempts = [
          () => root.openRead('l/x'),
          () => root.openWrite('l/x'),
          () => root.createFile('l/y', 0o644),
          () => root.makeDirectory('l/y', 0o755),
          () => root.makeSymlink('l/y', 'x'),
          () => root.link('d/x', 'l/y'),
          () => root.link('l/x', 'y'),
          () => root.rename('d/x', 'l/y'),
          () => root.rename('l/x', 'y'),
          () => root.unlink('l/x'),
          () => root.setMode('l/x', 0o600),
          () => root.setMtime('l/x', 0n),
          () => root.syncDirectory('l'),
          () => root.readLink('l/x'),
        ]
        for (const attempt of attempts) expect(await failure(attempt())).toBe('FILE_NOT_FOUND')
        expect((await root.list('d')).map((entry) => entry.name)).toEqual(['x'])
      })
      test('hard links share one inode', async () => {
        await put(root, 'a', 'one')
        await root.link('a', 'b')
        const handle = await root.openWrite('b')
        await handle.write(bytes('two'), 0)
        await handle.close()
        expect(await content(root, 'a')).toBe('two')
        expect((await root.lstat('a'))?.inode).toBe((await root.lstat('b'))?.inode)
        await root.unlink('a')
        expect(await content(root, 'b')).toBe('two')
      })
      test('a hard link refuses a taken name and an absent source', async () => {
        await put(root, 'a', '')
        await put(root, 'b', '')
        expect(await failure(root.link('a', 'b'))).toBe('FILE_EXISTS')
        expect(await failure(root.link('none', 'c'))).toBe('FILE_NOT_FOUND')
      })
      test('a symbolic link gets no second name, and nor does what it leads to', async () => {
        await put(root, 'target', 'kept')
        await root.makeSymlink('l', 'target')
        await root.makeSymlink('dangling', 'nowhere')
        for (const name of ['l', 'dangling']) {
          expect(await failure(root.link(name, 'l2'))).toBe('LINK_UNSUPPORTED')
          expect(await failure(root.link(name, 'target'))).toBe('LINK_UNSUPPORTED')
        }
        expect(await root.lstat('l2')).toBeUndefined()
        expect((await root.lstat('target'))?.links).toBe(1)
      })
      test('a symbolic link is renamed, renamed over and unlinked as itself', async () => {
        await put(root, 'target', 'kept')
        await root.makeSymlink('l', 'target')
        await root.makeSymlink('l2', 'target')
        await root.rename('l2', 'l3')
        expect(await root.readLink('l3')).toBe('target')
        await put(root, 'new', 'new')
        await root.rename('new', 'l')
        expect(await content(root, 'l')).toBe('new')
        await root.unlink('l3')
        expect(await content(root, 'target')).toBe('kept')
      })
    })

    describe('renames', () => {
      test('replace a file in one step', async () => {
        await put(root, 'a', 'new')
        await put(root, 'b', 'old')
        await root.rename('a', 'b')
        expect(await content(root, 'b')).toBe('new')
        expect(await root.lstat('a')).toBeUndefined()
      })
      test('move whole directories, with what is remembered of them', async () => {
        await root.makeDirectory('a', 0o755)
        await root.makeDirectory('a/b', 0o755)
        await put(root, 'a/b/x', 'x')
        expect(await content(root, 'a/b/x')).toBe('x')
        await root.rename('a', 'c')
        expect(await content(root, 'c/b/x')).toBe('x')
        expect(await root.lstat('a/b/x')).toBeUndefined()
        await root.makeDirectory('a', 0o755)
        await root.makeDirectory('a/b', 0o755)
        expect(await root.list('a/b')).toEqual([])
        expect(await failure(root.openRead('a/b/x'))).toBe('FILE_NOT_FOUND')
      })
      test('never put a file over a directory or a directory over a file', async () => {
        await put(root, 'file', 'x')
        await root.makeDirectory('full', 0o755)
        await put(root, 'full/x', 'x')
        await root.makeDirectory('other', 0o755)
        expect(await failure(root.rename('file', 'full'))).toBe('FILE_EXISTS')
        expect(await failure(root.rename('other', 'file'))).toBe('FILE_EXISTS')
        expect(await failure(root.rename('other', 'full'))).toBe('DIRECTORY_NOT_EMPTY')
        expect(await failure(root.rename('full', 'full/inside'))).toBe('NAME_UNUSABLE')
        expect(await failure(root.rename('none', 'x'))).toBe('FILE_NOT_FOUND')
        expect(await content(root, 'full/x')).toBe('x')
      })
      test('of one inode over its other name do nothing', async () => {
        await put(root, 'a', 'x')
        await root.link('a', 'b')
        await root.rename('a', 'b')
        expect((await root.list('')).length).toBe(2)
      })
      test('happen only over what was expected, when asked so', async () => {
        await put(root, 'a', 'first')
        const expected = (await root.lstat('a'))!
        await put(root, 'temp', 'second')
        expect(await root.replaceIfUnchanged('temp', 'a', expected)).toBe(true)
        expect(await content(root, 'a')).toBe('second')
        expect(await root.lstat('temp')).toBeUndefined()
        await put(root, 'temp', 'third')
        expect(await root.replaceIfUnchanged('temp', 'a', expected)).toBe(false)
        expect(await root.replaceIfUnchanged('temp', 'none', expected)).toBe(false)
        expect(await content(root, 'a')).toBe('second')
        expect(await content(root, 'temp')).toBe('third')
      })

      test('take a free name only, where that is asked for', async () => {
        await put(root, 'temp', 'one')
        expect(await root.renameToFree('temp', 'a')).toBe(true)
        expect(await content(root, 'a')).toBe('one')
        expect(await root.lstat('temp')).toBeUndefined()
        await put(root, 'temp', 'two')
        expect(await root.renameToFree('temp', 'a')).toBe(false)
        await root.makeSymlink('link', 'nowhere')
        expect(await root.renameToFree('temp', 'link')).toBe(false)
        expect(await content(root, 'a')).toBe('one')
        expect(await content(root, 'temp')).toBe('two')
      })

      test('are not the only thing done on a condition: so is unlinking', async () => {
        await put(root, 'a', 'one')
        const expected = (await root.lstat('a'))!
        await root.unlink('a')
        await put(root, 'a', 'another')
        expect(await root.unlinkIfUnchanged('a', expected)).toBe(false)
        expect(await root.unlinkIfUnchanged('a', (await root.lstat('a'))!)).toBe(true)
        expect(await root.lstat('a')).toBeUndefined()
        expect(await root.unlinkIfUnchanged('a', expected)).toBe(false)
      })
    })

    describe('names', () => {
      test('of 255 bytes work, of 256 are refused', async () => {
        const longest = 'ä'.repeat(127) + 'x'
        await put(root, longest, 'x')
        expect(await content(root, longest)).toBe('x')
        expect(await failure(root.createFile(`${longest}y`, 0o644))).toBe('BAD_PATH')
      })
      test('that look like the kernel marks of removed directories are ordinary names', async () => {
        await root.makeDirectory('d (deleted)', 0o755)
        await put(root, 'd (deleted)/x', 'x')
        expect(await content(root, 'd (deleted)/x')).toBe('x')
        await root.rename('d (deleted)', 'd')
        await root.unlink('d/x')
        await root.removeDirectory('d')
        expect(await failure(root.list('d (deleted)'))).toBe('FILE_NOT_FOUND')
      })
      test('are unlinked once, and directories are not unlinked', async () => {
        await put(root, 'a', '')
        await root.unlink('a')
        expect(await failure(root.unlink('a'))).toBe('FILE_NOT_FOUND')
        await root.makeDirectory('d', 0o755)
        expect(await failure(root.unlink('d'))).toBe('KIND_UNSUPPORTED')
      })
    })

    test('a removed and recreated directory is the new one at once', async () => {
      await root.makeDirectory('d', 0o755)
      await put(root, 'd/x', 'x')
      await root.unlink('d/x')
      await root.removeDirectory('d')
      expect(await failure(root.createFile('d/y', 0o644))).toBe('FILE_NOT_FOUND')
      await root.makeDirectory('d', 0o755)
      await put(root, 'd/y', 'y')
      expect(await content(root, 'd/y')).toBe('y')
    })

    test('free space is a number of bytes', async () => {
      const free = await root.freeBytes()
      expect(Number.isSafeInteger(free)).toBe(true)
      expect(free).toBeGreaterThan(0)
    })

    test('concurrent work in many directories neither mixes nor leaks', async () => {
      await root.close()
      const before = subject.openHandles()
      root = await subject.fileSystem.openRoot(subject.directory)
      const handles: WriteHandle[] = []
      const work = async (n: number): Promise<void> => {
        await root.makeDirectory(`d${n}`, 0o755)
        await root.makeDirectory(`d${n}/e`, 0o755)
        await put(root, `d${n}/e/x`, `content ${n}`)
        await root.rename(`d${n}/e/x`, `d${n}/y`)
        expect(await content(root, `d${n}/y`)).toBe(`content ${n}`)
        await failure(root.openRead(`d${n}/e`))
        await failure(root.openRead(`d${n}/none/x`))
        handles.push(await root.openWrite(`d${n}/y`))
      }
      await Promise.all(Array.from({ length: 100 }, (_, n) => work(n)))
      expect(subject.openHandles()).toBeGreaterThanOrEqual(before + 100)
      await Promise.all(handles.map((handle) => handle.close()))
      await root.close()
      expect(subject.openHandles()).toBe(before)
    })
  })
}

/** Differences from `ns` that stay in its microsecond. */
function near(ns: bigint): bigint[] {
  const within = ((ns % 1000n) + 1000n) % 1000n
  return Array.from({ length: 1000 }, (_, offset) => BigInt(offset) - within)
}
