// The address of the tool servers' page: which one is shown.
export interface ToolsSearch {
  readonly server?: string;
}

export function readToolsSearch(search: Record<string, unknown>): ToolsSearch {
  const { server } = search;
  return typeof server === 'string' && server !== '' ? { server: server.slice(0, 200) } : {};
}
