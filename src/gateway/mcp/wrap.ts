// An agent that speaks to one tool server over stdio, with the gateway between: its lines come in, ours go out.
import type { Readable, Writable } from 'node:stream';
import { AncileError } from '../../base/index.ts';
import { AgentSession } from './agent-session.ts';
import { INVALID_REQUEST, type RpcMessage, toAnswer } from './json-rpc.ts';
import { createLineReader } from './link/lines.ts';
import type { McpParts } from './parts.ts';
import type { McpCaller, ToolServer } from './tool-server.ts';

export interface WrapOptions {
  readonly parts: McpParts;
  readonly server: ToolServer;
  readonly caller: McpCaller;
  readonly input: Readable;
  readonly output: Writable;
  /** Longest message of the agent that is read. */
  readonly maxBytes: number;
}

/** Serves until the agent's output ends. @throws AncileError `request_invalid` for a message beyond all bounds */
export async function startWrap({ parts, server, caller, input, output, maxBytes }: WrapOptions): Promise<void> {
  const write = (message: object): void => void output.write(`${JSON.stringify(message)}\n`);
  const session = new AgentSession({ parts, caller, only: server, servers: [server], wire: { send: write } });
  const take = async (message: RpcMessage): Promise<void> => {
    const outcome = await session.handle(message);
    if (message.kind === 'request' && outcome !== undefined) write(toAnswer(message.id, outcome));
  };
  const reader = createLineReader(
    maxBytes,
    (message) => void take(message).catch((thrown: unknown) => parts.calls().onFault(thrown, undefined)),
    (error) => write(toAnswer(null, { error: { code: INVALID_REQUEST, message: error.message } })),
  );
  try {
    await new Promise<void>((resolve, reject) => {
      input.on('data', (chunk: Buffer) => {
        try {
          reader.push(chunk);
        } catch (cause) {
          reject(new AncileError('request_invalid', 'a message of the agent is too large', { cause }));
        }
      });
      input.once('end', resolve);
      input.once('close', resolve);
      input.once('error', reject);
      output.once('error', reject);
    });
  } finally {
    await session.end();
  }
}
