// docs/cli.md against the program, and every command that a page prints against both.
import { Command, Help } from 'commander';
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { codeBlocks, pages } from './docs-pages.ts';

const root = resolve(import.meta.dirname, '..');
const program = new Command('ancile');

/** Leaves of the program by their full name: `ancile key create`. */
const commands = new Map<string, Command>();

beforeAll(async () => {
  const folder = join(root, 'src/cli');
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && !/\.test\.ts$|^main\.ts$/.test(name));
  for (const file of files) {
    const members = (await import(join(folder, file))) as Record<string, unknown>;
    for (const [name, member] of Object.entries(members)) {
      // One file a command: `define` and the file's name.
      if (name.toLowerCase() === `define${basename(file, '.ts')}`) (member as (program: Command) => void)(program);
    }
  }
  const visit = (command: Command, name: string): void => {
    // One that has commands below it may do something itself.
    if (command.commands.length === 0 || command.registeredArguments.length > 0) commands.set(name, command);
    for (const each of command.commands) visit(each, `${name} ${each.name()}`);
  };
  visit(program, 'ancile');
});

/** The page's section under a heading. */
function section(page: string, heading: string): string | undefined {
  const parts = page.split(/^## /m);
  return parts.find((part) => part.startsWith(`${heading}\n`));
}

it('knows the commands that the program starts with', () => {
  const main = readFileSync(join(root, 'src/cli/main.ts'), 'utf8');
  const defined = [...new Set([...main.matchAll(/\)\.define(\w+),/g)].map((match) => match[1]!.toLowerCase()))];
  expect(program.commands.map((command) => command.name()).sort()).toEqual(defined.sort());
  // Each is found by its own name.
  for (const [, name, file] of main.matchAll(/^ {2}(\w+): async \(\) => \(await import\('\.\/(\w+)\.ts'\)\)/gm))
    expect(name).toBe(file);
  expect(commands.size).toBeGreaterThan(8);
});

it('documents every command with every option, and none that is not there', () => {
  const page = readFileSync(join(root, 'docs/cli.md'), 'utf8');
  const shared = section(page, 'What all commands share')!;
  for (const [name, command] of commands) {
    const text = section(page, name);
    expect(text, `docs/cli.md lacks "## ${name}"`).toBeDefined();
    for (const option of new Help().visibleOptions(command)) {
      if (option.long === '--help') continue;
      expect(text + shared, `${name} lacks ${option.flags}`).toContain(`\`${option.flags}\``);
    }
  }
  const headings = [...page.matchAll(/^## (ancile .+)$/gm)].map((match) => match[1]!);
  expect(headings.sort()).toEqual([...commands.keys()].sort());
});

/** The commands of a shell block, line ends joined: each as its words. */
function commandLines(text: string): string[][] {
  return (
    text
      .replaceAll('\\\n', ' ')
      .split(/\n|&&|\||\$\(/)
      .map((line) => /^\s*(?:npx )?ancile ([a-z].*)$/.exec(line)?.[1])
      .filter((words) => words !== undefined)
      // What is behind `--` is another program's.
      .map((words) => words.split(/ -- /, 1)[0]!.split(/\s+/))
  );
}

it('prints no command that the program does not have, on any page', () => {
  let seen = 0;
  for (const { name, text } of pages()) {
    for (const words of codeBlocks(text, ['sh', 'bash', 'console']).flatMap((block) => commandLines(block.text))) {
      const three = commands.get(`ancile ${words.slice(0, 3).join(' ')}`);
      const two = three ?? commands.get(`ancile ${words.slice(0, 2).join(' ')}`);
      const command = two ?? commands.get(`ancile ${words[0]}`);
      expect(command, `${name}: ancile ${words.join(' ')}`).toBeDefined();
      for (const word of words.filter((each) => /^-/.test(each))) {
        const flag = word.split('=')[0]!;
        const known = command!.options.some((option) => option.long === flag || option.short === flag);
        expect(known, `${name}: ancile ${words.join(' ')}: ${flag}`).toBe(true);
      }
      seen++;
    }
  }
  expect(seen).toBeGreaterThan(10);
});
