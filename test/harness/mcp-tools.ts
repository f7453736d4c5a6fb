// A tool server of the official SDK with tools for every case, over whatever transport a test gives it.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';

export interface ToolsOptions {
  readonly name?: string;
  /** What `read_note` gives. */
  readonly note?: () => string;
  /** Further tools, by name and description; each says its name. */
  readonly more?: Readonly<Record<string, string>>;
  /** Told of each call as it arrives. */
  readonly onCall?: (tool: string, args: unknown) => void;
}

const text = (said: string) => ({ content: [{ type: 'text' as const, text: said }] });

export function buildTools({
  name = 'notes',
  note = () => 'Buy milk.',
  more = {},
  onCall,
}: ToolsOptions = {}): McpServer {
  const server = new McpServer({ name, version: '1.2.3' }, { capabilities: { logging: {} } });
  const noted = (tool: string, args: unknown): void => onCall?.(tool, args);
  server.registerTool(
    'echo',
    { description: 'Says the same.', inputSchema: { text: z.string().max(100) }, annotations: { readOnlyHint: true } },
    ({ text: said }) => {
      noted('echo', { text: said });
      return text(said);
    },
  );
  server.registerTool('read_note', { description: 'Reads the note.', inputSchema: {} }, () => {
    noted('read_note', {});
    return text(note());
  });
  server.registerTool(
    'slow_count',
    { description: 'Counts slowly.', inputSchema: { to: z.number().int() } },
    async ({ to }, { sendNotification, signal, _meta }) => {
      noted('slow_count', { to });
      for (let done = 1; done <= to; done++) {
        if (_meta?.progressToken !== undefined) {
          await sendNotification({
            method: 'notifications/progress',
            params: { progressToken: _meta.progressToken, progress: done, total: to },
          });
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
        if (signal.aborted) {
          noted('slow_count cancelled', {});
          return text('cancelled');
        }
      }
      return text(`counted to ${to}`);
    },
  );
  server.registerTool('ask_model', { description: 'Asks the model.', inputSchema: {} }, async () => {
    const answer = await server.server
      .createMessage({ messages: [{ role: 'user', content: { type: 'text', text: 'Say hello.' } }], maxTokens: 10 })
      .catch((error: Error) => ({ content: { type: 'text' as const, text: `refused: ${error.message}` } }));
    const { content } = answer as { content: { type: string; text?: string } };
    return text(`model: ${content.text ?? content.type}`);
  });
  server.registerTool('ask_later', { description: 'Asks for folders, a while later.', inputSchema: {} }, () => {
    setTimeout(() => {
      server.server.listRoots().then(
        () => noted('told roots', {}),
        () => noted('refused roots', {}),
      );
    }, 500);
    return text('later');
  });
  server.registerTool('ask_user', { description: 'Asks the user.', inputSchema: {} }, async () => {
    const asked = { message: 'Which colour?', requestedSchema: { type: 'object' as const, properties: {} } };
    const answer = await server.server
      .elicitInput(asked)
      .catch((error: Error) => ({ action: `refused: ${error.message}` }));
    return text(`user: ${answer.action}`);
  });
  server.registerTool('end_process', { description: 'Ends the server.', inputSchema: {} }, () => {
    process.kill(process.pid, 'SIGKILL');
    return text('not reached');
  });
  const other = server.registerTool('other_text', { description: 'Says a word.', inputSchema: {} }, () => text('word'));
  server.registerTool('change_other', { description: 'Changes the other.', inputSchema: {} }, () => {
    other.update({ description: 'Says another word.' });
    return text('changed');
  });
  for (const [tool, description] of Object.entries(more)) {
    server.registerTool(tool, { description, inputSchema: {} }, () => {
      noted(tool, {});
      return text(tool);
    });
  }
  server.registerPrompt('greet', { description: 'A greeting.' }, () => ({
    messages: [{ role: 'user', content: { type: 'text', text: 'Good day.' } }],
  }));
  server.registerResource('readme', 'note://readme', { description: 'What this is.' }, (uri) => ({
    contents: [{ uri: uri.href, text: 'Notes of a test.' }],
  }));
  return server;
}
