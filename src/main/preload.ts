/**
 * The preload's entry: bundled into one CommonJS file, the only form a sandboxed preload may have.
 * Promises to hand Electron to preload-bridge.ts and do nothing else.
 */
import { contextBridge, ipcRenderer, webUtils } from 'electron'
import { exposeDesktop } from './preload-bridge.ts'

const VERSION = '--peerfold-version='
const version = process.argv.find((argument) => argument.startsWith(VERSION))?.slice(VERSION.length) ?? ''

exposeDesktop({ contextBridge, ipcRenderer, webUtils }, window, { platform: process.platform, version })
