// Calls that other services logged, brought in by people.
import type { ApiAnswer, ImportView, LoggedCall } from '../../contract/index.ts';
import type { Operations } from './operation.ts';

export interface ImportParts {
  readonly imports: (calls: readonly LoggedCall[], actor: string) => Promise<ApiAnswer<'importLogs'>>;
  readonly importViews: () => ImportView[];
}

export function importOperations({
  imports,
  importViews,
}: ImportParts): Pick<Operations, 'importLogs' | 'listImports'> {
  return {
    importLogs: ({ calls }, { actor }) => imports(calls, actor.name),
    listImports: async () => ({ imports: importViews() }),
  };
}
