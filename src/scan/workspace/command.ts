// What a command line would do: read as text, by forms that are data (content/scan/commands.yaml).
import { z } from 'zod';
import { Severity } from '../../contract/index.ts';
import { shippedList } from '../lists.ts';

const Pattern = z.string().refine((text) => {
  const bare = text.replace(/\\./g, '_').replace(/\[[^\]]*\]/g, '_');
  return !/[*+]|\{\d+,\}/.test(bare);
}, 'has a repetition without a bound');
const Attack = z.strictObject({
  id: z.string(),
  pattern: Pattern,
  severity: Severity,
  build: Severity,
  /** Whether the hosts of `installers` are let through. */
  installers: z.boolean().default(false),
  says: z.string(),
});
const Commands = z
  .strictObject({
    attacks: z.array(Attack).min(1),
    installers: z.array(z.string()),
    trials: Pattern,
    tools: z.array(z.string()),
    notInModels: z.array(z.string()),
  })
  .transform(({ attacks, installers, trials, tools, notInModels }) => ({
    attacks: attacks.map((each) => ({ ...each, pattern: new RegExp(each.pattern, 'i') })),
    installers: installers.map((each) => each.toLowerCase()),
    trials: new RegExp(trials, 'i'),
    tools: new Set(tools),
    notInModels: new Set(notInModels),
  }));
const commands = shippedList('commands.yaml', Commands);

/** Where a command stands: in code that comes with a model, in other code, or where a person builds or tries something. */
export type Place = 'model' | 'script' | 'build';

export interface Judged {
  readonly id: string;
  readonly severity: Severity;
  /** `opens a shell to another machine` */
  readonly says: string;
}

const MOST = 20_000;
const RANK = Severity.options;

/** The worst that a command line does; undefined where none of the known forms of attack is in it. */
export function judgeCommand(text: string, place: Place): Judged | undefined {
  const line = text.slice(0, MOST);
  let worst: Judged | undefined;
  for (const { id, pattern, severity, build, installers, says } of commands().attacks) {
    if (!pattern.test(line)) continue;
    let level = place === 'build' ? build : severity;
    if (installers && place !== 'model' && fromInstaller(line)) level = 'low';
    if (worst === undefined || RANK.indexOf(level) > RANK.indexOf(worst.severity))
      worst = { id, severity: level, says };
  }
  return worst;
}

/** Whether every address in a line is of a maker whose install script is run this way by everybody. */
function fromInstaller(line: string): boolean {
  const hosts = [...line.toLowerCase().matchAll(/https?:\/\/([^\s"'|)\\]{1,300})/g)].map((match) => match[1]!);
  const { installers } = commands();
  return (
    hosts.length > 0 &&
    hosts.every((host) => installers.some((known) => host === known || host.startsWith(`${known}/`)))
  );
}

/** Whether a whole command is one that people try an attack out with. */
export const isTrial = (text: string): boolean => text.length < 400 && commands().trials.test(text.trim());

/** An interpreter that is given its program on the command line. */
const INLINE = /^(?:python|perl|ruby|node|php|bash|sh|zsh|cmd)[\d.]*$/;

/** Whether a command begins with a program that ordinary projects call; code that comes with a model needs fewer of them. */
export function isTool(text: string, place: Place): boolean {
  const words = text.trim().split(/\s+/, 4);
  if (['sudo', 'exec', 'time'].includes(words[0] ?? '')) words.shift();
  const first = (words[0] ?? '').replace(/^["']|["']$/g, '');
  const name = first.slice(first.lastIndexOf('/') + 1).replace(/\.exe$/i, '');
  const { tools, notInModels } = commands();
  if (place === 'model' && (notInModels.has(name) || (INLINE.test(name) && /^(?:-[cer]|\/c)$/.test(words[1] ?? ''))))
    return false;
  return tools.has(name);
}

/** The forms that are known, for the test that holds each against its fixtures. */
export const attackIds = (): string[] => commands().attacks.map(({ id }) => id);
