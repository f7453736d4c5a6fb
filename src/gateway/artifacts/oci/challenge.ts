// How a registry says what it wants to see (`WWW-Authenticate`, RFC 9110 11.6.1): a login, or a token from somewhere.
import type { AnswerHeaders } from '../../../net/index.ts';

export type Challenge =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service?: string; readonly scope?: string };

const MOST = 4000;
const PARAMETER = /([A-Za-z_]{1,40})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]{1,1000}))/g;

function parametersOf(text: string): Map<string, string> {
  const all = new Map<string, string>();
  for (const [, name, quoted, plain] of text.matchAll(PARAMETER)) {
    all.set(name!.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain!);
  }
  return all;
}

/** The first challenge that is understood; a token is preferred to a login. */
export function parseChallenge(headers: AnswerHeaders): Challenge | undefined {
  const lines = [headers['www-authenticate'] ?? []].flat().map((line) => line.slice(0, MOST));
  for (const line of lines) {
    const at = /(?:^|[\s,])bearer\s+/i.exec(line);
    if (at === null) continue;
    const parameters = parametersOf(line.slice(at.index + at[0].length));
    const [realm, service, scope] = ['realm', 'service', 'scope'].map((name) => parameters.get(name));
    if (realm === undefined) continue;
    return { scheme: 'bearer', realm, ...(service && { service }), ...(scope && { scope }) };
  }
  return lines.some((line) => /(?:^|[\s,])basic\b/i.test(line)) ? { scheme: 'basic' } : undefined;
}
