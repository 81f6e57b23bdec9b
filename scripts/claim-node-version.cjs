/** Makes npm check "engines" against the Node it installs for: see complete-install.js. */
Object.defineProperty(process, 'version', { value: process.env.PEERFOLD_NODE_VERSION, enumerable: true })
