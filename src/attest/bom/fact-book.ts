// Where readers write down what they find: text is made fit to be shown, what is empty or said twice is left out, all is bounded.
import { show } from '../../scan/index.ts';
import { toLicence } from './licence.ts';
import type {
  BaseModelFact,
  ConsiderationFact,
  ConsiderationKind,
  DatasetFact,
  Fact,
  LibraryFact,
  LicenceFact,
  MetricFact,
  ModelFacts,
  PortFact,
  PropertyFact,
  ReferenceFact,
  SingleField,
  Tensors,
} from './facts.ts';

const MOST_NAME = 300;
const MOST_PROSE = 4000;
const MOST_URL = 2000;
/** Facts of one kind. */
const MOST = 1000;
const MOST_PROPERTIES = 300;
/** What templates have where nobody wrote anything. */
const PLACEHOLDER =
  /^[[(*_`\s]*(?:more information needed|information needed|to ?do|tbd|n\/?a|none|unknown|-)[\])*_`.\s]*$/i;
/** Names on the Hugging Face Hub. */
const HUB_NAME = /^[A-Za-z0-9][\w.-]{0,95}(?:\/[A-Za-z0-9][\w.-]{0,95})?$/;
/** A name as conda and Python have it. */
const LIBRARY_NAME = /^[A-Za-z0-9][\w.-]{0,100}$/;

/** What differs in case and separators only is one package (PEP 503). */
const normal = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, '-');

/** Text of a file in one line, fit to be shown; empty where it says nothing. */
export function tidy(text: string, most: number): string {
  // Cut first: what lies beyond the bound is not worth its spaces being counted.
  const line = text
    .slice(0, most * 4)
    .replace(/\s+/g, ' ')
    .trim();
  return PLACEHOLDER.test(line) ? '' : show(line, most);
}

/** An address of the web in its normal form; undefined for anything else. */
export function toUrl(text: string): string | undefined {
  if (text.length > MOST_URL || !/^https?:\/\//i.test(text.trim())) return undefined;
  try {
    const url = new URL(text.trim());
    // Whoever put a password there did not mean it for everybody.
    url.username = url.password = '';
    return url.href.length > MOST_URL ? undefined : url.href.replace(/[|^`{}[\]\\"<>]/g, encodeURIComponent);
  } catch {
    return undefined;
  }
}

export class FactBook {
  readonly single: Partial<Record<SingleField, Fact>> = {};
  readonly differing: (Fact & { field: SingleField })[] = [];
  readonly licences: LicenceFact[] = [];
  readonly datasets: DatasetFact[] = [];
  readonly baseModels: BaseModelFact[] = [];
  readonly metrics: MetricFact[] = [];
  readonly libraries: LibraryFact[] = [];
  readonly references: ReferenceFact[] = [];
  readonly properties: PropertyFact[] = [];
  readonly considerations: ConsiderationFact[] = [];
  readonly ports: PortFact[] = [];
  readonly tags: Fact[] = [];
  readonly unread: { path: string; reason: string }[] = [];
  tensors: Tensors | undefined;
  /** The file that is read. */
  readonly source: string;
  readonly #seen = new Map<object, Set<string>>();

  constructor(source: string) {
    this.source = source;
  }

  /** Says the one value of a field. */
  say(field: SingleField, text: string | undefined): void {
    const isUrl = field === 'downloadLocation';
    const value =
      text === undefined
        ? ''
        : isUrl
          ? (toUrl(text) ?? '')
          : tidy(text, field === 'description' ? MOST_PROSE : MOST_NAME);
    if (value !== '') this.#keep(field, { value, source: this.source });
  }

  licence(text: string | undefined, name?: string, link?: string): void {
    const licence = toLicence(tidy(text ?? '', MOST_NAME), tidy(name ?? '', MOST_NAME), toUrl(link ?? ''));
    if (licence !== undefined) this.#add(this.licences, { ...licence, source: this.source }, ['id', 'name']);
  }

  dataset(text: string | undefined, use: DatasetFact['use'], link?: string): void {
    const name = tidy(text ?? '', MOST_NAME);
    const url = toUrl(link ?? '');
    if (name === '') return;
    this.#add(this.datasets, { name, use, ...(url === undefined ? {} : { url }), source: this.source }, [
      'name',
      'use',
    ]);
  }

  /** @param onHub - whether the file's own rules make the name one of the Hugging Face Hub */
  baseModel(
    text: string | undefined,
    onHub: boolean,
    more: { relation?: string; version?: string; url?: string } = {},
  ): void {
    const name = tidy(text ?? '', MOST_NAME);
    if (name === '') return;
    const relation = tidy(more.relation ?? '', 40);
    const version = tidy(more.version ?? '', 100);
    const given = toUrl(more.url ?? '');
    const hub = onHub && HUB_NAME.test(name);
    const url = given ?? (hub ? `https://huggingface.co/${name}` : undefined);
    const fact: BaseModelFact = {
      name,
      ...(relation === '' ? {} : { relation }),
      ...(version === '' ? {} : { version }),
      ...(hub ? { purl: `pkg:huggingface/${name}` } : {}),
      ...(url === undefined ? {} : { url }),
      source: this.source,
    };
    this.#add(this.baseModels, fact, ['name']);
  }

  metric(type: string | undefined, given: unknown, on?: string): void {
    const value = typeof given === 'number' || typeof given === 'string' ? tidy(String(given), 100) : '';
    const slice = tidy(on ?? '', MOST_NAME);
    const name = tidy(type ?? '', MOST_NAME);
    if (name === '' || value === '') return;
    const fact = { type: name, value, ...(slice === '' ? {} : { slice }), source: this.source };
    this.#add(this.metrics, fact, ['type', 'value', 'slice']);
  }

  /** @param version - as it is written; of `==1.2` the number is the version, of a range it stays a range */
  library(name: string, version: string, registry: 'pypi' | undefined): void {
    if (!LIBRARY_NAME.test(name)) return;
    const pinned = /^={2,3}\s*v?(\d[\w.+!-]{0,60})$/.exec(version.trim())?.[1];
    const shown = pinned ?? tidy(version, 100);
    const purl =
      registry === undefined
        ? undefined
        : `pkg:pypi/${normal(name)}${pinned === undefined ? '' : `@${encodeURIComponent(pinned)}`}`;
    const fact = {
      name,
      ...(shown === '' ? {} : { version: shown }),
      ...(purl === undefined ? {} : { purl }),
      source: this.source,
    };
    this.#add(this.libraries, fact, ['name', 'version']);
  }

  reference(type: ReferenceFact['type'], link: string | undefined): void {
    const url = toUrl(link ?? '');
    if (url !== undefined) this.#add(this.references, { type, url, source: this.source }, ['type', 'url']);
  }

  /** @param name - without `ancile:` */
  property(name: string, value: string | number | bigint | boolean | undefined): void {
    const text = value === undefined ? '' : tidy(String(value), MOST_PROSE);
    if (text === '' || this.properties.length >= MOST_PROPERTIES) return;
    this.#add(this.properties, { name: `ancile:${name}`, value: text, source: this.source }, ['name', 'value']);
  }

  consider(kind: ConsiderationKind, prose: string): void {
    const text = tidy(prose, MOST_PROSE);
    if (text !== '') this.#add(this.considerations, { kind, text, source: this.source }, ['kind', 'text']);
  }

  port(direction: PortFact['direction'], text: string): void {
    const format = tidy(text, MOST_NAME);
    if (format !== '') this.#add(this.ports, { direction, format, source: this.source }, ['direction', 'format']);
  }

  tag(text: string | undefined): void {
    const value = tidy(text ?? '', 100);
    if (value !== '') this.#add(this.tags, { value, source: this.source }, ['value']);
  }

  /** A part of the file that was not read, or another file. */
  unseen(reason: string, path = this.source): void {
    if (this.unread.length < MOST) this.unread.push({ path: show(path, MOST_NAME), reason: show(reason, MOST_NAME) });
  }

  /** Takes over what another book says, behind what stands here already. */
  merge(other: FactBook): void {
    for (const [field, fact] of Object.entries(other.single)) this.#keep(field as SingleField, fact);
    for (const fact of other.differing) this.#keep(fact.field, fact);
    for (const each of other.licences) this.#add(this.licences, each, ['id', 'name']);
    for (const each of other.datasets) this.#add(this.datasets, each, ['name', 'use']);
    for (const each of other.baseModels) this.#add(this.baseModels, each, ['name']);
    for (const each of other.metrics) this.#add(this.metrics, each, ['type', 'value', 'slice']);
    for (const each of other.libraries) this.#add(this.libraries, each, ['name', 'version']);
    for (const each of other.references) this.#add(this.references, each, ['type', 'url']);
    for (const each of other.properties) this.#add(this.properties, each, ['name', 'value']);
    for (const each of other.considerations) this.#add(this.considerations, each, ['kind', 'text']);
    for (const each of other.ports) this.#add(this.ports, each, ['direction', 'format']);
    for (const each of other.tags) this.#add(this.tags, each, ['value']);
    this.unread.push(...other.unread.slice(0, Math.max(0, MOST - this.unread.length)));
  }

  facts(files: ModelFacts['files']): ModelFacts {
    const { single, differing, licences, datasets, baseModels, metrics } = this;
    // Who names a library without its version means the one that requirements ask for.
    const asked = new Set(
      this.libraries.filter(({ version }) => version !== undefined).map(({ name }) => normal(name)),
    );
    const libraries = this.libraries.filter(({ name, version }) => version !== undefined || !asked.has(normal(name)));
    const { references, properties, considerations, ports, tags, unread } = this;
    const lists = { differing, licences, datasets, baseModels, metrics, libraries };
    return { single, ...lists, references, properties, considerations, ports, tags, unread, files };
  }

  #keep(field: SingleField, { value, source }: Fact): void {
    const first = (this.single[field] ??= { value, source });
    // A card's words and a file's title are no two answers to one question.
    if (first.value.toLowerCase() === value.toLowerCase() || field === 'description') return;
    if (this.differing.length < MOST) this.#add(this.differing, { field, value, source }, ['field', 'value']);
  }

  #add<T extends object>(to: T[], fact: T, same: readonly (keyof T)[]): void {
    if (to.length >= MOST) return;
    let seen = this.#seen.get(to);
    if (seen === undefined) this.#seen.set(to, (seen = new Set()));
    const key = JSON.stringify(same.map((name) => fact[name] ?? null));
    if (!seen.has(key)) to.push(fact);
    seen.add(key);
  }
}
