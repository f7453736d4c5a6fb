// Whether a command line or a setting opens a server of models to everybody: known forms as data (content/scan/servers.yaml).
import { z } from 'zod';
import { Severity } from '../../../contract/index.ts';
import type { Look } from '../../format.ts';
import { shippedList } from '../../lists.ts';
import { judgeCommand } from '../command.ts';
import { isPlainKey } from '../agents/server.ts';
import { reportInstall } from '../packages/install.ts';
import { analysePython } from '../python/analyse.ts';

const Pattern = z.string().transform((text) => new RegExp(text, 'i'));
const Servers = z.strictObject({
  servers: z.array(
    z.strictObject({
      name: z.string(),
      command: Pattern,
      open: Pattern.optional(),
      closed: Pattern.optional(),
      severity: Severity.optional(),
      says: z.string(),
    }),
  ),
  images: Pattern,
});
const servers = shippedList('servers.yaml', Servers);

const MOST = 10_000;

/** Reports what a command line or setting opens. */
export function reportServers(text: string, look: Look, line: number): void {
  const part = text.slice(0, MOST);
  for (const { name, command, open, closed, severity, says } of servers().servers) {
    if (!command.test(part)) continue;
    look.asset('server', name, part.slice(0, 120));
    if ((open !== undefined && !open.test(part)) || closed?.test(part) === true) continue;
    look.report('deploy.open-server', {
      ...(severity === undefined ? {} : { severity }),
      message: `opens ${says}: ${part.trim().slice(0, 160)}`,
      line,
    });
  }
}

/** Whether an image is one of an AI server. */
export const isServerImage = (image: string): boolean => servers().images.test(image.slice(0, 500));

/** Reports an image that is not bound to a version. */
export function reportImage(image: string, look: Look, line: number): void {
  if (image === '' || image === 'scratch' || image.includes('$') || image.includes('{{')) return;
  if (isServerImage(image)) look.asset('server', image, 'an image');
  const name = image.slice(image.lastIndexOf('/') + 1);
  if (!image.includes('@sha256:') && (!name.includes(':') || name.endsWith(':latest'))) {
    look.report('deploy.unpinned-image', { message: `${image} is whichever version is newest`, line });
  }
}

/** Reports a command that runs in a build or a container. */
export function reportRun(command: string, look: Look, line: number): void {
  const found = judgeCommand(command, 'build');
  if (found !== undefined && found.severity !== 'info') {
    const message = `${found.says}: ${command.trim().slice(0, 200)}`;
    if (found.severity === 'low') look.report('deploy.unverified-script', { message, line });
    else look.report('deploy.hostile-command', { severity: found.severity, message, line, capability: 'execute' });
  }
  if (/\bchmod\s{1,4}(?:-r\s{1,4})?(?:0?777|a\+rwx|o\+w|ugo\+rwx)\b/i.test(command)) {
    look.report('deploy.writable-weights', { message: `lets everybody write: ${command.trim().slice(0, 160)}`, line });
  }
  reportInstall(command, look, line);
  reportInline(command, look, line);
  reportServers(command, look, line);
}

/** Python that stands in a command: `python3 -c "…"`. */
const INLINE =
  /\bpython[\d.]{0,5}\s{1,4}(?:-[a-zA-Z]{1,3}\s{1,4}){0,3}-c\s{1,4}(?:"((?:[^"\\]|\\.){1,8000})"|'([^']{1,8000})')/gs;

function reportInline(command: string, look: Look, line: number): void {
  for (const [, double, single] of command.matchAll(INLINE)) {
    const code = single ?? double!.replace(/\\(["\\$`])/g, '$1');
    // Its lines are all on the line of the command.
    const here: Look = { ...look, report: (rule, found) => look.report(rule, { ...found, line }) };
    analysePython([code], here, { name: 'command.py' });
  }
}

/** Reports a setting of a container's environment. */
export function reportEnvironment(name: string, value: string, look: Look, line: number): void {
  reportServers(`${name}=${value}`, look, line);
  const found = judgeCommand(value, 'build');
  if (found !== undefined && found.severity !== 'low' && found.severity !== 'info') {
    const message = `${name} ${found.says} where it is run: ${value.slice(0, 200)}`;
    look.report('deploy.hostile-command', { severity: found.severity, message, line, capability: 'execute' });
  }
  if (!isPlainKey(name, value) || /[\s/]/.test(value)) return;
  look.report('deploy.plain-secret', { message: `holds ${name} in plain text`, line });
  look.asset('key', name, 'in plain text');
}
