// Doors to upstreams of a test: OpenAI's form, without credentials.
import { createSseParser } from '../../../codec/index.ts';
import { type OutletOptions, createOutlet } from '../../../net/index.ts';
import type { UpstreamDoor } from '../door.ts';

export interface TestDoorOptions extends Partial<OutletOptions> {
  readonly concurrency?: number;
}

/** @param baseUrl - `http://127.0.0.1:9000/v1` */
export function makeDoor(name: string, baseUrl: string, options: TestDoorOptions = {}): UpstreamDoor {
  const { concurrency, ...rest } = options;
  return {
    name,
    kind: 'openai',
    outlet: createOutlet({
      baseUrl,
      connections: 8,
      connectTimeout: 500,
      headersTimeout: 500,
      idleTimeout: 500,
      ...rest,
    }),
    concurrency,
    keys: [],
    confidential: [],
    refuses: () => undefined,
    dialects: ['openai'],
    prepare({ surface, body, model, stream }) {
      surface.prepareUpstream(body, model);
      const headers = { 'content-type': 'application/json' };
      return { method: 'POST', path: surface.upstreamPath(model, stream), headers, body: JSON.stringify(body) };
    },
    streams: (type) => type.startsWith('text/event-stream'),
    openFraming() {
      const parser = createSseParser();
      return { push: (chunk) => parser.push(chunk), end: () => parser.end() };
    },
    listModels: () => Promise.resolve([]),
  };
}
