// ancile config: is a configuration right, before anything depends on it; and take it into use.
import type { Command } from 'commander';
import { asAdmin, checkConfig } from '../app/index.ts';
import { loadConfig } from '../config/index.ts';
import { action, withConfig, withJson } from './command.ts';
import { paint, print, printJson, showText } from './terminal.ts';

interface Options {
  readonly config?: string;
  readonly json?: boolean;
}

function defineCheck(group: Command): void {
  withJson(
    withConfig(
      group.command('check').description('check the configuration, its policies, its rules and its TLS files'),
    ),
  ).action(
    action(async (options: Options) => {
      const loaded = loadConfig(options.config);
      const { detectors, policyVersion, warnings } = checkConfig(loaded);
      const summary = {
        ok: true,
        file: loaded.file ?? null,
        upstreams: Object.keys(loaded.config.upstreams),
        models: Object.keys(loaded.config.models),
        detectors,
        policyVersion,
        warnings,
      };
      if (options.json === true) {
        printJson(summary);
        return 0;
      }
      print(`${paint('green', 'ok')}  ${summary.file ?? 'the defaults (no ancile.yaml here)'}`);
      print(`    upstreams  ${summary.upstreams.join(', ')}`);
      print(`    models     ${summary.models.join(', ')}`);
      print(`    detectors  ${summary.detectors.join(', ') || 'none: exchanges are recorded, not inspected'}`);
      for (const warning of warnings) print(`${paint('yellow', 'warning')}  ${showText(warning)}`);
      return 0;
    }),
  );
}

function defineReload(group: Command): void {
  withJson(
    withConfig(group.command('reload').description('make the running server read its configuration again')),
  ).action(
    action(async ({ config, json }: Options) => {
      const result = await asAdmin(loadConfig(config), (admin) => admin.reloadConfig({}));
      if (json === true) printJson(result);
      else {
        const { changed, needsRestart } = result;
        print(changed.length === 0 ? 'Nothing has changed.' : `In force now: ${changed.map(showText).join(', ')}`);
        if (needsRestart.length > 0) {
          print(`${paint('yellow', 'As before until a restart:')} ${needsRestart.map(showText).join(', ')}`);
        }
      }
      return 0;
    }),
  );
}

export function defineConfig(program: Command): void {
  const group = program.command('config').description('the configuration: check, reload');
  defineCheck(group);
  defineReload(group);
}
