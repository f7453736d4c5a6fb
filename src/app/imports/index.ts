// Logs of other services: brought in by people, or read as they come.
export { idleView } from './import-run.ts';
export { createLogImporter } from './log-importer.ts';
export { readLogFiles } from './log-files.ts';
export { type RunningImports, importGauges, startImports } from './runner.ts';
export { type ReadImport, readImports } from './shelves.ts';
