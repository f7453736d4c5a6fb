// A memory for agents: notes in a file, kept from one session to the next. A tool server of the official SDK over its input and output.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';

export const MEMORY_LABELS = {
  writes: { remember: { notes: 'content' } },
  fields: { recall: { id: 'T', text: 'T' } },
  memory: { writes: { remember: ['notes'] }, reads: ['recall'] },
};

function buildMemory(file: string): McpServer {
  const server = new McpServer({ name: 'memory', version: '1.0.0' });
  const read = (): string[] => (existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as string[]) : []);
  const answer = (value: unknown) => ({
    content: [{ type: 'text' as const, text: JSON.stringify(value, undefined, 2) }],
  });
  const inputSchema = { notes: z.array(z.string()) };
  server.registerTool('remember', { description: 'Keeps notes.', inputSchema }, ({ notes }) => {
    writeFileSync(file, JSON.stringify([...read(), ...notes]));
    return answer({ kept: notes.length });
  });
  server.registerTool('recall', { description: 'Gives the notes.', inputSchema: {} }, () =>
    answer(read().map((text, id) => ({ id, text }))),
  );
  return server;
}

if (process.argv[1] === import.meta.filename) await buildMemory(process.argv[2]!).connect(new StdioServerTransport());
