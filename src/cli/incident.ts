// ancile incident: what is wrong, what was done about it, and doing it. Works while the server runs, through its socket.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { asAdmin } from '../app/index.ts';
import { loadConfig } from '../config/index.ts';
import { ContainmentAction, type Incident, IncidentState, Severity } from '../contract/index.ts';
import { action, withConfig, withJson } from './command.ts';
import {
  type Common,
  type TargetOptions,
  printContainment,
  printRadius,
  tellEffect,
  toTarget,
  withTarget,
} from './containment.ts';
import { defineDrill } from './incident-drill.ts';
import { defineEvidence } from './incident-evidence.ts';
import { definePlaybook } from './incident-playbook.ts';
import { summarize } from './ledger.ts';
import { paint, print, printJson, showText, table, tell } from './terminal.ts';

const TINT: Record<Severity, 'red' | 'yellow' | 'dim'> = {
  critical: 'red',
  high: 'red',
  medium: 'yellow',
  low: 'dim',
  info: 'dim',
};

function line({ id, severity, state, title, detections, changed, owner = '' }: Incident): string[] {
  return [id, paint(TINT[severity], severity), state, String(detections), changed, owner, showText(title)];
}

function printIncident(incident: Incident): void {
  print(`${paint('bold', showText(incident.title))}  ${incident.id}`);
  print(`${paint(TINT[incident.severity], incident.severity)}, ${incident.state}, since ${incident.opened}`);
  for (const about of incident.involved) {
    print(Object.entries(about).map(([name, value]) => `${name} ${showText(value ?? '')}`).join(', ')); // prettier-ignore
  }
  if (incident.techniques.length > 0) print(incident.techniques.join(' '));
  if (incident.review !== undefined) print(`Learnt: ${showText(incident.review)}`);
}

function defineList(group: Command): void {
  interface Options extends Common {
    readonly state?: IncidentState;
    readonly limit: number;
  }
  withJson(withConfig(group.command('list').description('incidents, those that changed last first')))
    .addOption(new Option('--state <state>', 'only those').choices(IncidentState.options))
    .option('--limit <n>', 'at most so many, up to 200', Number, 50)
    .action(
      action(async ({ config, json, ...query }: Options) => {
        const { incidents } = await asAdmin(loadConfig(config), (admin) => admin.listIncidents(query));
        if (json === true) printJson({ incidents });
        else if (incidents.length === 0) tell('No incidents.');
        else print(table(['id', 'severity', 'state', 'detections', 'changed', 'owner', 'title'], incidents.map(line)));
        return 0;
      }),
    );
}

function defineShow(group: Command): void {
  withJson(withConfig(group.command('show <id>').description('an incident and its timeline'))).action(
    action(async (id: string, { config, json }: Common) => {
      const found = await asAdmin(loadConfig(config), (admin) => admin.getIncident({ id }));
      if (json === true) {
        printJson(found);
        return 0;
      }
      printIncident(found.incident);
      print('');
      print(table(['seq', 'time', 'kind', 'what', ''], found.timeline.map(summarize)));
      for (const containment of found.containments) {
        print('');
        printContainment(containment);
      }
      return 0;
    }),
  );
}

function defineOpen(group: Command): void {
  interface Options extends Common {
    readonly severity: Severity;
    readonly note?: string;
  }
  withJson(withConfig(group.command('open <title>').description('open an incident by hand')))
    .addOption(new Option('--severity <severity>', 'how bad').choices(Severity.options).default('high'))
    .option('--note <text>', 'what is known')
    .action(
      action(async (title: string, { config, json, ...rest }: Options) => {
        const incident = await asAdmin(loadConfig(config), (admin) => admin.openIncident({ title, ...rest }));
        if (json === true) printJson(incident);
        else printIncident(incident);
        return 0;
      }),
    );
}

function parseFact(text: string, before: Record<string, string | boolean> = {}): Record<string, string | boolean> {
  const [name, ...rest] = text.split('=');
  const value = rest.join('=');
  if (name === undefined || name === '' || value === '') throw new InvalidArgumentError('expected QUESTION=ANSWER');
  const answer = value === 'yes' ? true : value === 'no' ? false : value;
  return { ...before, [name]: answer };
}

function defineUpdate(group: Command): void {
  interface Options extends Common {
    readonly state?: IncidentState;
    readonly severity?: Severity;
    readonly owner?: string;
    readonly note?: string;
    readonly fact?: Record<string, string | boolean>;
  }
  withJson(withConfig(group.command('update <id>').description('its state, owner, severity, facts, or a note')))
    .addOption(new Option('--state <state>', 'closing needs a note: what was learnt').choices(IncidentState.options))
    .addOption(new Option('--severity <severity>', 'how bad').choices(Severity.options))
    .option('--owner <name>', 'whose it is')
    .option('--note <text>', 'a word for the timeline')
    .option(
      '--fact <question=answer>',
      'an answer that legal clocks start from; yes, no, or a time; repeatable',
      parseFact,
    )
    .action(
      action(async (id: string, { config, json, fact, ...change }: Options) => {
        const facts = fact === undefined ? {} : { facts: fact };
        const incident = await asAdmin(loadConfig(config), (admin) =>
          admin.updateIncident({ id, ...change, ...facts }),
        );
        if (json === true) printJson(incident);
        else printIncident(incident);
        return 0;
      }),
    );
}

function parseWith(text: string, before: Record<string, string | number> = {}): Record<string, string | number> {
  const [name, value] = text.split('=', 2);
  if (name === undefined || value === undefined || value === '') throw new InvalidArgumentError('expected NAME=VALUE');
  return { ...before, [name]: /^\d+$/.test(value) ? Number(value) : value };
}

/** A span such as 2h from now, as an ISO 8601 time. */
function parseSpan(text: string): string {
  const span = /^(\d{1,5})([mhd])$/.exec(text);
  if (span === null) throw new InvalidArgumentError('expected a span such as 30m, 2h or 1d');
  const unit = { m: 60_000, h: 3_600_000, d: 86_400_000 }[span[2] as 'm' | 'h' | 'd'];
  return new Date(Date.now() + Number(span[1]) * unit).toISOString();
}

function defineContain(group: Command): void {
  interface Options extends Common, TargetOptions {
    readonly with?: Record<string, string | number>;
    readonly reason?: string;
    readonly incident?: string;
    readonly for?: string;
    readonly preview?: boolean;
  }
  const command = group.command('contain').description(`contain something: ${ContainmentAction.options.join(', ')}`);
  withTarget(withJson(withConfig(command)))
    .addArgument(command.createArgument('<action>', 'what to do').choices(ContainmentAction.options))
    .option(
      '--with <name=value>',
      'what an action needs beside its target: to=ROUTE, period=day, requests=100, policy=strict, flow=strict, to=REVISION',
      parseWith,
    )
    .option('--reason <text>', 'why')
    .option('--incident <id>', 'which incident it is for')
    .option('--for <span>', 'ends by itself after 30m, 2h, 1d', parseSpan)
    .option('--preview', 'say what it would cover, and do nothing')
    .action(
      action(async (what: ContainmentAction, options: Options) => {
        const { config, json, with: values, reason, incident, for: expires, preview } = options;
        const asked = { action: what, target: toTarget(options), ...(values === undefined ? {} : { with: values }) };
        await asAdmin(loadConfig(config), async (admin) => {
          if (preview === true) {
            const radius = await admin.previewContainment(asked);
            if (json === true) printJson(radius);
            else printRadius(radius);
            return;
          }
          const contained = await admin.contain({
            ...asked,
            ...(reason === undefined ? {} : { reason }),
            ...(incident === undefined ? {} : { incident }),
            ...(expires === undefined ? {} : { expires }),
          });
          if (json === true) printJson(contained);
          else printContainment(contained);
          await tellEffect(admin, contained);
        });
        return 0;
      }),
    );
}

function defineContained(group: Command): void {
  withJson(withConfig(group.command('contained').description('what is contained, or waits for a second person')))
    .option('--all', 'also what was')
    .action(
      action(async ({ config, json, all = false }: Common & { readonly all?: boolean }) => {
        const { containments } = await asAdmin(loadConfig(config), (admin) => admin.listContainments({ all }));
        if (json === true) printJson({ containments });
        else if (containments.length === 0) tell('Nothing is contained.');
        else containments.forEach(printContainment);
        return 0;
      }),
    );
}

function defineLift(group: Command): void {
  withJson(withConfig(group.command('lift <containment>').description('undo a containment')))
    .option('--reason <text>', 'why')
    .action(
      action(async (id: string, { config, json, reason = '' }: Common & { readonly reason?: string }) => {
        const lifted = await asAdmin(loadConfig(config), (admin) => admin.liftContainment({ id, reason }));
        if (json === true) printJson(lifted);
        else printContainment(lifted);
        return 0;
      }),
    );
}

export function defineIncident(program: Command): void {
  const group = program.command('incident').description('incidents, and what contains them');
  defineList(group);
  defineShow(group);
  defineOpen(group);
  defineUpdate(group);
  defineContain(group);
  defineContained(group);
  defineLift(group);
  definePlaybook(group);
  defineEvidence(group);
  defineDrill(group);
}
