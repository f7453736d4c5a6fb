// ancile bom: what a model is made of, as a document, and what differs between two of them.
import { statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type * as AttestRoom from '../attest/index.ts';
import { AncileError } from '../base/index.ts';
import { VERSION, sourceDate } from '../config/index.ts';
import { printChanges, tellFacts } from './bom-text.ts';
import { action, withJson } from './command.ts';
import { createProgress } from './progress.ts';
import { print, printJson, tell } from './terminal.ts';

const FORMATS = ['cyclonedx', 'spdx'] as const;
const GATES = ['change', 'hash', 'licence'] as const satisfies readonly AttestRoom.Gate[];

interface Options {
  readonly format: (typeof FORMATS)[number];
  readonly output?: string;
  readonly name?: string;
  readonly version?: string;
  readonly timestamp?: string;
  readonly json?: boolean;
}

/**
 * The time that a document bears: as given, of the build, or now.
 * @throws AncileError `usage` for what is no time
 */
export function documentTime(given: string | undefined): string {
  const time = given === undefined ? (sourceDate() ?? Date.now()) : Date.parse(given);
  if (Number.isNaN(time) || Math.abs(time) > 8.64e15) {
    throw new AncileError('usage', `--timestamp: ${given} is no time`, {
      hint: 'ISO 8601, such as 2026-01-31T12:00:00Z.',
    });
  }
  return new Date(time).toISOString();
}

async function make(path: string, options: Options): Promise<0> {
  const timestamp = documentTime(options.timestamp);
  const room = await import('../attest/index.ts');
  const progress = createProgress('read');
  const facts = room.gatherFacts(resolve(path), {
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.version === undefined ? {} : { version: options.version }),
    onFile: (_, size) => progress.note(size),
  });
  progress.end();
  const write = options.format === 'spdx' ? room.toSpdx : room.toCyclonedx;
  const document = JSON.stringify(write(facts, { toolVersion: VERSION, timestamp }), undefined, 2);
  const completeness = room.toCompleteness(facts);
  const { output } = options;
  if (output === undefined) print(document);
  else writeFileSync(output, `${document}\n`);
  if (options.json !== true) {
    tellFacts(facts, completeness);
    if (output !== undefined) tell(`the document is in ${output}`);
  } else if (output !== undefined) printJson({ output, completeness, unread: facts.unread });
  return 0;
}

/** A document, or what would be one of a folder. */
function contentsOf(room: typeof AttestRoom, path: string): ReturnType<typeof AttestRoom.loadContents> {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return room.loadContents(path);
  const document = room.toCyclonedx(room.gatherFacts(resolve(path)), { toolVersion: VERSION, timestamp: '' });
  return room.readContents(document, path);
}

function defineDiff(group: Command): void {
  withJson(group.command('diff').description('say what differs between two bills of materials'))
    .argument('<before>', 'a CycloneDX document, or the folder of a model')
    .argument('<after>', 'the same, later')
    .addOption(new Option('--fail-on <what>', 'exit code 1 for these changes').choices(GATES))
    .action(
      action(async (before: string, after: string, options: { failOn?: AttestRoom.Gate; json?: boolean }) => {
        const room = await import('../attest/index.ts');
        const changes = room.diffContents(contentsOf(room, before), contentsOf(room, after));
        const failed = options.failOn !== undefined && room.failsGate(changes, options.failOn);
        if (options.json === true) printJson({ changes, failed });
        else printChanges(changes);
        return failed ? 1 : 0;
      }),
    );
}

export function defineBom(program: Command): void {
  const group = withJson(program.command('bom').description('write what a model is made of: CycloneDX or SPDX'))
    // An option behind `diff` is the option of `diff`.
    .enablePositionalOptions()
    .argument('<path>', 'the folder of a model, or its file')
    .addOption(new Option('--format <format>', 'of the document').choices(FORMATS).default('cyclonedx'))
    .option('-o, --output <file>', 'write the document there instead of printing it')
    .option('--name <name>', 'of the model, where you know better than its files')
    .option('--version <version>', 'of the model, likewise')
    .option('--timestamp <time>', 'of the document; default SOURCE_DATE_EPOCH, or now')
    .action(action(make));
  defineDiff(group);
}
