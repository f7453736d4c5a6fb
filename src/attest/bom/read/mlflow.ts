// MLflow's MLmodel: flavours, the signature, and the run that it came from.
import type { FactBook } from '../fact-book.ts';
import { list, readText, readYamlText, record, scalar, text } from '../values.ts';
import { parseJson } from '../../../codec/index.ts';
import { AncileError } from '../../../base/index.ts';
import type { Reader } from './reader.ts';

const PROPERTIES: Readonly<Record<string, string>> = {
  run_id: 'mlflow:run-id',
  model_id: 'mlflow:model-id',
  model_uuid: 'mlflow:model-uuid',
  mlflow_version: 'mlflow:version',
  utc_time_created: 'mlflow:created',
  model_size_bytes: 'mlflow:model-size',
};

/** One side of a signature: a list of columns or tensors, as JSON in a text. */
function readPorts(direction: 'input' | 'output', value: unknown, book: FactBook): void {
  let ports: unknown = value;
  if (typeof value === 'string') {
    try {
      ports = parseJson(value, { what: `the ${direction}s of its signature`, maxBytes: 1 << 20 });
    } catch (thrown) {
      if (!(thrown instanceof AncileError)) throw thrown;
      return book.unseen(thrown.message);
    }
  }
  for (const each of list(ports).slice(0, 500)) {
    const port = record(each);
    const tensor = record(port['tensor-spec']);
    const shape = list(tensor['shape']).map(scalar).join(',');
    const type = text(tensor['dtype']) ?? text(port['type']) ?? '';
    const name = text(port['name']);
    book.port(direction, `${name === undefined ? '' : `${name}: `}${type}${shape === '' ? '' : `[${shape}]`}`);
  }
}

export const mlflow: Reader = {
  match: (path) => path === 'MLmodel',
  read(bytes, book) {
    const unseen = (reason: string): void => book.unseen(reason);
    const model = record(readYamlText(readText(bytes, unseen).slice(0, 512 << 10), unseen));
    for (const [member, property] of Object.entries(PROPERTIES)) book.property(property, scalar(model[member]));
    for (const [flavour, value] of Object.entries(record(model['flavors'])).slice(0, 50)) {
      const version = Object.entries(record(value)).find(
        ([name]) => name.endsWith('_version') && name !== 'python_version',
      );
      book.property('mlflow:flavour', `${flavour} ${scalar(version?.[1]) ?? ''}`);
      book.property('python-version', scalar(record(value)['python_version']));
    }
    const signature = record(model['signature']);
    readPorts('input', signature['inputs'], book);
    readPorts('output', signature['outputs'], book);
  },
};
