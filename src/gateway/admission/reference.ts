// What a text that names a model means: a repository with or without a revision, an image, a place, a path.
import type { Places } from './places.ts';

/** Longest text that is kept of a name. */
const MOST_TEXT = 300;

export type Target =
  /** A repository of a Hub. */
  | { readonly kind: 'hub'; readonly repo: string; readonly revision?: string | undefined }
  /** An image without its host; `digest` is `sha256:...`. */
  | { readonly kind: 'image'; readonly repo: string; readonly digest?: string | undefined }
  /** An address whose content may be another tomorrow. */
  | { readonly kind: 'place'; readonly repo: string }
  /** A file or folder as a container has it. */
  | { readonly kind: 'path'; readonly path: string }
  /** What cannot be looked into, and why. */
  | { readonly kind: 'closed'; readonly why: string };

/** A name of a model and where it stands. */
export interface Found {
  readonly at: string;
  readonly text: string;
  readonly target: Target;
}

/** Outside text on one line, without what a terminal or a page would take for more. */
export function toPlain(text: string, most = MOST_TEXT): string {
  const clean = text.toWellFormed().replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ');
  return clean.length <= most ? clean : `${clean.slice(0, most - 3)}...`;
}

const REPO = /^[A-Za-z0-9][\w.-]{0,95}(?:\/[A-Za-z0-9][\w.-]{0,95})?$/;

/** `org/model`, `org/model@revision`, `org/model:revision`. */
function parseHub(text: string, revision: string | undefined): Target | undefined {
  const [, name = '', own] = /^([^@:]+)(?:[@:](.*))?$/s.exec(text) ?? [];
  const parts = name.split('/');
  // What is behind organisation and model is a folder within.
  const repo = parts.slice(0, 2).join('/');
  if (!REPO.test(repo)) return undefined;
  return { kind: 'hub', repo, revision: own === undefined || own === '' ? revision : own };
}

/** `host/repo:tag@sha256:...` without host and tag. */
export function parseImage(text: string): Target {
  const [name = '', digest] = text.split('@', 2);
  const parts = name.replace(/:[\w][\w.-]{0,127}$/, '').split('/');
  const isHost = parts.length > 1 && /[.:]|^localhost$/.test(parts[0]!);
  return { kind: 'image', repo: parts.slice(isHost ? 1 : 0).join('/'), digest };
}

export function parsePlace(text: string): Target {
  const [path = ''] = text.replace(/^[\w+.-]+:\/{0,2}/, '').split('?', 1);
  return { kind: 'place', repo: path.replace(/\/+$/, '') };
}

export interface HowToRead {
  /** Said elsewhere: `--revision`. */
  readonly revision?: string | undefined;
  /** A single word is a repository as well. */
  readonly bare?: boolean;
}

/** What a text means as a model; undefined where it is none. */
export function parseModel(
  text: string,
  places: Places,
  { revision, bare = false }: HowToRead = {},
): Target | undefined {
  if (text === '') return undefined;
  const scheme =
    /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase() ?? /^(models|runs|mlflow-artifacts):\//.exec(text)?.[1];
  if (scheme !== undefined) {
    const what = Object.hasOwn(places.schemes, scheme) ? places.schemes[scheme] : undefined;
    const rest = text.slice(text.indexOf(':') + 1).replace(/^\/+/, '');
    if (what === 'hub') {
      return parseHub(rest, revision) ?? { kind: 'closed', why: 'it is no name of a repository' };
    }
    if (what === 'image') return parseImage(rest);
    if (what === 'place') return parsePlace(text);
    if (what === 'closed') return { kind: 'closed', why: `nobody outside can look into ${scheme}://` };
    return { kind: 'closed', why: `nothing is known of ${scheme}://` };
  }
  if (/^[/.~]/.test(text) || /\.(?:gguf|safetensors|bin|onnx|pt|pth|engine|plan)$/i.test(text)) {
    return { kind: 'path', path: text };
  }
  const slashes = text.split('/').length - 1;
  if (slashes > 1) return { kind: 'path', path: text };
  if (slashes === 0 && !bare) return undefined;
  return parseHub(text, revision) ?? { kind: 'closed', why: 'it is no name of a model' };
}
