// Libraries: what requirements ask for, with the versions they ask for, and what code imports of AI and loads as data.
import { examine, parseRequirement, type Scanner, shippedScanner } from '../../../scan/index.ts';
import type { FactBook } from '../fact-book.ts';
import { list, readText, readYamlText, record } from '../values.ts';
import type { Reader } from './reader.ts';

const MOST_CODE = 1 << 20;

function readLine(line: string, book: FactBook): void {
  const part = line
    .trim()
    .slice(0, 2000)
    .replace(/\s+(?:--hash=.*|\\)$/, '');
  if (part === '' || /^[#-]/.test(part) || part.includes('://')) return;
  const found = parseRequirement(part, 1);
  if (found !== undefined) book.library(found.name, found.version, 'pypi');
}

export const requirements: Reader = {
  match: (path) => /^requirements[\w.-]{0,40}\.txt$/i.test(path),
  read(bytes, book) {
    for (const line of readText(bytes, (reason) => book.unseen(reason)).split('\n')) readLine(line, book);
  },
};

export const environment: Reader = {
  match: (path) => /^(?:conda|environment|python_env)\.ya?ml$/.test(path),
  read(bytes, book) {
    const unseen = (reason: string): void => book.unseen(reason);
    const { dependencies } = record(readYamlText(readText(bytes, unseen).slice(0, 512 << 10), unseen));
    for (const entry of list(dependencies)) {
      if (typeof entry !== 'string') {
        for (const pip of list(record(entry)['pip'])) if (typeof pip === 'string') readLine(pip, book);
        continue;
      }
      const match = /^(?:[\w.-]{1,60}::)?([\w.-]{1,100})\s*([=<>!~].{0,100})?$/.exec(entry.slice(0, 300));
      // `name=1.2` is conda's way to say that very version.
      if (match !== null) book.library(match[1]!, (match[2] ?? '').replace(/^=(?!=)/, '=='), undefined);
    }
  },
};

let scanner: Scanner | undefined;

export const code: Reader = {
  match: (path) => path.endsWith('.py'),
  read(bytes, book) {
    if (bytes.size > MOST_CODE) return book.unseen('code of more than 1 MB was not read');
    const { assets } = examine((scanner ??= shippedScanner()), book.source, bytes);
    for (const { kind, name } of assets) {
      if (kind === 'sdk') book.library(name, '', undefined);
      else if (kind === 'dataset') book.dataset(name, 'named');
    }
  },
};
