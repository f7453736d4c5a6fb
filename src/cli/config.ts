// ancile config: is a configuration right, before anything depends on it.
import type { Command } from 'commander';
import { createDetectors, openPolicies } from '../app/index.ts';
import { loadConfig } from '../config/index.ts';
import { action, withConfig, withJson } from './command.ts';
import { paint, print, printJson } from './terminal.ts';

export function defineConfig(program: Command): void {
  const group = program.command('config').description('the configuration');
  withJson(
    withConfig(group.command('check').description('check the configuration, its policies and its rules')),
  ).action(
    action(async (options: { config?: string; json?: boolean }) => {
      const loaded = loadConfig(options.config);
      const policies = openPolicies(loaded);
      const detectors = createDetectors(loaded);
      const summary = {
        ok: true,
        file: loaded.file ?? null,
        upstreams: Object.keys(loaded.config.upstreams),
        models: Object.keys(loaded.config.models),
        detectors: detectors.map((detector) => detector.id),
        policyVersion: policies.version,
      };
      if (options.json === true) {
        printJson(summary);
        return 0;
      }
      print(`${paint('green', 'ok')}  ${summary.file ?? 'the defaults (no ancile.yaml here)'}`);
      print(`    upstreams  ${summary.upstreams.join(', ')}`);
      print(`    models     ${summary.models.join(', ')}`);
      print(`    detectors  ${summary.detectors.join(', ') || 'none: exchanges are recorded, not inspected'}`);
      return 0;
    }),
  );
}
