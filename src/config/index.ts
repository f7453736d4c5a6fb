// The configuration's door: the only reader of process.env.
export { editConfigFile, writeSynced } from './edit.ts';
export { DEFAULT_FILE, type LoadedConfig, loadConfig, parseConfig } from './load.ts';
export { readSecret } from './secret.ts';
export { sourceDate } from './source-date.ts';
export { wantsColor } from './terminal.ts';
export { VERSION } from './version.ts';
