// Published JSON Schemas of others, where they are at hand: beside the repository, never in it.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';

const STANDARDS = resolve(import.meta.dirname, '../../../shared/data/standards/schemas');

export const schemasAt = (name: string): string | undefined => {
  const folder = join(STANDARDS, name);
  return existsSync(folder) ? folder : undefined;
};

interface Schema {
  $id: string;
  $schema: string;
}

/** All schemas below a folder, ready to be asked for by the end of their ids. */
export function loadSchemas(folder: string, draft: '7' | '2020'): (ending: string) => ValidateFunction {
  const options = { strict: false, allErrors: true, validateFormats: false, unicodeRegExp: false };
  const ajv = draft === '7' ? new Ajv(options) : new Ajv2020(options);
  const ids: string[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.json')) continue;
    const schema = JSON.parse(readFileSync(join(entry.parentPath, entry.name), 'utf8')) as Schema;
    const { $schema: _, ...rest } = schema;
    ajv.addSchema(rest);
    ids.push(schema.$id);
  }
  return (ending) => {
    const id = ids.find((each) => each.endsWith(ending));
    const validate = id === undefined ? undefined : ajv.getSchema(id);
    if (validate === undefined) throw new Error(`no schema ends with ${ending}`);
    return validate as ValidateFunction;
  };
}
