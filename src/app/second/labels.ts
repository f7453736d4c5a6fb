// Which labels of a classifier mean an attack: those that the configuration names, else those whose names say so.
import { AncileError } from '../../base/index.ts';

const SAYS_ATTACK = /inject|jailbreak|attack|malicious|unsafe|harmful/i;
const SAYS_NONE = /^(no|not|non)[\s_-]/i;

/**
 * The places of the labels that mean an attack.
 * @param names - of the model's outputs, in order
 * @throws AncileError `config_invalid` where there is none, or one that the model has not, or where all do
 */
export function chooseLabels(names: readonly string[], wanted: readonly string[] | undefined): number[] {
  const at = 'detect.second.labels';
  const has = `the model's labels are ${names.join(', ')}`;
  if (wanted === undefined) {
    const found = names.flatMap((name, i) => (SAYS_ATTACK.test(name) && !SAYS_NONE.test(name) ? [i] : []));
    // A single output says one thing: that the text is what the model looks for.
    if (names.length === 1) return [0];
    if (found.length > 0 && found.length < names.length) return found;
    throw new AncileError('config_invalid', `no label of the model says by its name that it means an attack: ${has}`, {
      at,
      hint: 'Name them in detect.second.labels; the model card says which they are.',
    });
  }
  const places = wanted.map((name) => names.indexOf(name));
  const missing = wanted.find((_, i) => places[i] === -1);
  if (missing === undefined && (new Set(places).size < names.length || names.length === 1)) return [...new Set(places)];
  const problem = missing === undefined ? 'not every label can mean an attack' : `the model has no label "${missing}"`;
  throw new AncileError('config_invalid', `${problem}: ${has}`, {
    at,
    hint: 'Labels are spelt as in its config.json.',
  });
}
