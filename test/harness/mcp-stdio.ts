// The tool server of `mcp-tools.ts` as a program that speaks over its input and output.
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { buildTools } from './mcp-tools.ts';

await buildTools({ note: () => JSON.stringify(process.env), name: 'stdio-notes' }).connect(new StdioServerTransport());
