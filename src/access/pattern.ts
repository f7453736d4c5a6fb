// Names with `*` in them: what a key may use, and which route serves a model.
import type { Route } from '../contract/index.ts';

/** Whether `text` matches `pattern`, where `*` stands for any run of characters. Case counts. No backtracking. */
export function matchPattern(pattern: string, text: string): boolean {
  // The two forms that nearly every route and scope has.
  if (pattern === '*') return true;
  if (!pattern.includes('*')) return pattern === text;
  const parts = pattern.split('*');
  const first = parts[0]!;
  const last = parts.at(-1)!;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  // The leftmost place for each literal leaves most room for the next, so that no other need be tried.
  let at = first.length;
  const end = text.length - last.length;
  for (const literal of parts.slice(1, -1)) {
    const found = text.indexOf(literal, at);
    if (found === -1 || found + literal.length > end) return false;
    at = found + literal.length;
  }
  return true;
}

/** Descending order of specificity: longest literal prefix, then most literal characters, then the name. */
function bySpecificity(a: string, b: string): number {
  const prefix = b.indexOf('*') - a.indexOf('*');
  if (prefix !== 0) return prefix;
  const literal = b.replaceAll('*', '').length - a.replaceAll('*', '').length;
  return literal !== 0 ? literal : a < b ? -1 : 1;
}

/** An entry of `models`; `name` is its key, which is what a key's scope is held against. */
export interface NamedRoute<R> {
  readonly name: string;
  readonly route: R;
}

/** The routes of a configuration, ready to be chosen from. */
export interface RouteTable<R = Route> {
  readonly all: readonly NamedRoute<R>[];
  /**
   * The route that serves a model: of those in scope, the one of exactly that name, else the most specific pattern
   * that matches.
   */
  select(model: string, scope?: { readonly routes: readonly string[] }): NamedRoute<R> | undefined;
}

/** Whether a scope (route names or patterns with `*`) covers a route. */
export function mayUse(scope: { readonly routes: readonly string[] }, route: string): boolean {
  return scope.routes.some((pattern) => matchPattern(pattern, route));
}

/** Whether a scope covers an artifact, named `source:repository`. */
export function mayPull(scope: { readonly artifacts: readonly string[] }, artifact: string): boolean {
  return scope.artifacts.some((pattern) => matchPattern(pattern, artifact));
}

/** Whether a scope lets an artifact, named `source:repository`, be put into its source. */
export function mayPush(scope: { readonly artifactsPush: readonly string[] }, artifact: string): boolean {
  return scope.artifactsPush.some((pattern) => matchPattern(pattern, artifact));
}

/** Whether a scope covers a tool, named `server:tool`. */
export function mayCall(scope: { readonly tools: readonly string[] }, tool: string): boolean {
  return scope.tools.some((pattern) => matchPattern(pattern, tool));
}

export function createRouteTable<R>(models: Readonly<Record<string, R>>): RouteTable<R> {
  const all = Object.entries(models).map(([name, route]): NamedRoute<R> => ({ name, route }));
  // A map, not the record: the caller chooses the name, and `constructor` is no route.
  const exact = new Map(all.map((entry) => [entry.name, entry]));
  const patterns = all.filter(({ name }) => name.includes('*')).sort((a, b) => bySpecificity(a.name, b.name));
  return {
    all,
    select(model, scope = { routes: ['*'] }) {
      const named = exact.get(model);
      if (named !== undefined && mayUse(scope, model)) return named;
      return patterns.find(({ name }) => matchPattern(name, model) && mayUse(scope, name));
    },
  };
}

/** One choice from `models`, without a table. @see RouteTable.select */
export function selectRoute<R>(models: Readonly<Record<string, R>>, model: string): NamedRoute<R> | undefined {
  return createRouteTable(models).select(model);
}
