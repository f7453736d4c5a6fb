// Calls that other services logged, brought in by people.
import type { ApiAnswer, LoggedCall } from '../../contract/index.ts';
import type { Operations } from './operation.ts';

export interface ImportParts {
  readonly imports: (calls: readonly LoggedCall[], actor: string) => Promise<ApiAnswer<'importLogs'>>;
}

export function importOperations({ imports }: ImportParts): Pick<Operations, 'importLogs'> {
  return { importLogs: ({ calls }, { actor }) => imports(calls, actor.name) };
}
