/**
 * What protects the keys on this machine, said as it is. Promises to claim no protection that does
 * not hold: today keys are files that only their owner may read (0600), and the system's key store
 * is looked at, not used. Never reads or writes a key.
 */
import type { ElectronPort } from './electron-port.ts'

/**
 * system: there is a store that the login opens. plain: what programs call secret storage here is
 * encrypted with a password written in Electron's source. none: there is no store.
 */
export type KeyStore = 'system' | 'plain' | 'none'

export async function findKeyStore(
  safeStorage: ElectronPort['safeStorage'],
  platform: string,
): Promise<KeyStore> {
  if (!(await isAvailable(safeStorage))) return 'none'
  // Only Linux has backends to choose from; the call does not exist elsewhere.
  return platform === 'linux' && safeStorage.getSelectedStorageBackend() === 'basic_text' ? 'plain' : 'system'
}

async function isAvailable(safeStorage: ElectronPort['safeStorage']): Promise<boolean> {
  try {
    return await safeStorage.isAsyncEncryptionAvailable()
  } catch {
    // A store that fails to answer protects nothing.
    return false
  }
}
