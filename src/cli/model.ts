// ancile model: the inventory of models, and the word of a person on a version.
import { type Command, Option } from 'commander';
import { asAdmin } from '../app/index.ts';
import { loadConfig } from '../config/index.ts';
import { type AdmissionCheck, type ModelAsset, ModelState, type ModelSummary } from '../contract/index.ts';
import { action, withConfig, withJson } from './command.ts';
import { readManifest } from './manifest.ts';
import { readFile } from './model-options.ts';
import { paint, print, printJson, showText, table } from './terminal.ts';

interface Common {
  readonly config?: string;
  readonly json?: boolean;
}

function toRow({ id, state, files, scanned, verdict, findings, pulls }: ModelSummary): string[] {
  const worst = findings[0]?.rule ?? '';
  return [id, state, `${scanned}/${files}`, scanned === 0 ? '-' : verdict, worst, String(pulls)].map(showText);
}

function printModel(model: ModelAsset): void {
  const { signature } = model;
  print(`${paint('bold', showText(model.id))}  ${model.state}`);
  if (model.reason !== undefined) print(`  because    ${showText(model.reason)}`);
  if (model.actor !== undefined) print(`  by         ${showText(model.actor)}`);
  for (const { id, reason } of model.decision?.policies ?? []) print(`  policy     ${showText(`${id}: ${reason}`)}`);
  print(`  licence    ${showText(model.licence ?? 'not said')}`);
  print(`  signature  ${signature.state}${signature.signer === undefined ? '' : ` of ${showText(signature.signer)}`}`);
  print(`  pulled     ${model.pulls} times, ${model.lastPulled ?? 'never'}`);
  for (const { kind, says, signer, from, expires } of model.evidence ?? []) {
    const until = expires === undefined ? '' : `, until ${expires}`;
    print(`  attested   ${showText(`${kind}: ${says}, by ${signer} (${from})${until}`)}`);
  }
  if (model.contentDigest !== undefined) print(`  digest     sha256:${model.contentDigest}`);
  for (const file of model.files) {
    print(`  ${(file.verdict ?? 'not fetched').padEnd(11)} ${showText(file.path)}  ${file.size} bytes`);
    for (const { rule, severity, message } of file.findings ?? []) {
      print(`    ${severity} ${rule} ${showText(message)}`);
    }
  }
}

function defineList(group: Command): void {
  interface Options extends Common {
    readonly state?: ModelState;
    readonly repo?: string;
    readonly sha256?: string;
    readonly limit: number;
  }
  withJson(withConfig(group.command('list').description('versions of models, the last changed first')))
    .addOption(new Option('--state <state>', 'only those').choices(ModelState.options))
    .option('--repo <name>', 'only those of a repository, such as org/model')
    .option('--sha256 <digest>', 'only those that hold this file')
    .option('--limit <n>', 'at most so many, up to 1000', (text) => Number(text), 50)
    .action(
      action(async ({ config, json, ...query }: Options) => {
        const { models } = await asAdmin(loadConfig(config), (admin) => admin.listModels(query));
        if (json === true) printJson({ models });
        else if (models.length === 0) print('No model was pulled yet.');
        else print(table(['id', 'state', 'scanned', 'verdict', 'worst', 'pulls'], models.map(toRow)));
        return 0;
      }),
    );
}

function defineState(group: Command, name: string, state: ModelState, description: string): void {
  withJson(withConfig(group.command(name).description(description)))
    .argument('<id>', 'the version, from `ancile model list`')
    .requiredOption('--reason <text>', 'why, for the record')
    .action(
      action(async (id: string, { config, json, reason }: Common & { readonly reason: string }) => {
        const model = await asAdmin(loadConfig(config), (admin) => admin.setModelState({ id, state, reason }));
        if (json === true) printJson(model);
        else print(`${showText(model.id)} is ${model.state}.`);
        return 0;
      }),
    );
}

function printCheck(file: string, { objects }: AdmissionCheck): void {
  for (const { kind, namespace, name, allowed, references, unread } of objects) {
    if (references.length === 0 && allowed) continue;
    const what = showText(`${file}: ${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`);
    print(`${allowed ? paint('green', 'Admitted') : paint('red', 'Refused')} ${what}`);
    if (unread !== undefined) print(`  ${showText(unread)}`);
    for (const { at, text, verdict, model, message } of references) {
      print(`  ${verdict.padEnd(11)} ${showText(text)}  ${showText(at)}`);
      if (model !== undefined) print(`              ${showText(model)}`);
      if (message !== undefined) print(`              ${showText(message)}`);
    }
  }
}

function defineAdmission(group: Command): void {
  withJson(withConfig(group.command('admission').description('hold Kubernetes manifests against the inventory')))
    .argument('<file...>', 'manifests in YAML or JSON, or an AdmissionReview')
    .action(
      action(async (files: string[], { config, json }: Common) => {
        const manifests = files.map((file) => readManifest(readFile(file, 'FILE').toString('utf8'), file));
        const checks = await asAdmin(loadConfig(config), async (admin) => {
          const all: AdmissionCheck[] = [];
          for (const manifest of manifests) all.push(await admin.checkAdmission({ manifest }));
          return all;
        });
        const allowed = checks.every((check) => check.allowed);
        if (json === true) {
          printJson({ allowed, files: checks.map((check, i) => ({ file: files[i], ...check })) });
          return allowed ? 0 : 1;
        }
        checks.forEach((check, i) => printCheck(files[i]!, check));
        const named = checks.flatMap(({ objects }) => objects.flatMap(({ references }) => references));
        if (named.length === 0 && allowed) print('No object names a model.');
        return allowed ? 0 : 1;
      }),
    );
}

function defineEvidence(group: Command): void {
  interface Options extends Common {
    readonly attestation: string;
  }
  withJson(withConfig(group.command('evidence').description('take in an attestation of a version')))
    .argument('<id>', 'the version, from `ancile model list`')
    .requiredOption('--attestation <file>', 'as `ancile attest` wrote it')
    .action(
      action(async (id: string, { config, json, attestation: file }: Options) => {
        const attestation = readFile(file, '--attestation').toString('utf8');
        const model = await asAdmin(loadConfig(config), (admin) => admin.addModelEvidence({ id, attestation }));
        if (json === true) printJson(model);
        else printModel(model);
        return 0;
      }),
    );
}

export function defineModel(program: Command): void {
  const group = program
    .command('model')
    .description('models that were pulled: list, show, admit, quarantine, retire, evidence, admission');
  defineList(group);
  withJson(withConfig(group.command('show').description('a version, its files and what was found in them')))
    .argument('<id>', 'the version, from `ancile model list`')
    .action(
      action(async (id: string, { config, json }: Common) => {
        const model = await asAdmin(loadConfig(config), (admin) => admin.getModel({ id }));
        if (json === true) printJson(model);
        else printModel(model);
        return 0;
      }),
    );
  defineState(group, 'admit', 'admitted', 'let a version be pulled');
  defineState(group, 'quarantine', 'quarantined', 'let nobody pull a version until a person admits it');
  defineEvidence(group);
  defineAdmission(group);
  defineState(group, 'retire', 'retired', 'take a version out of use');
}
