// Requests whose body may take longer than `limits.requestTimeout`: the server bounds all requests alike, and what is uploaded
// takes as long as it is large. Whoever allows it bounds it another way.
import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { systemCode } from '../base/index.ts';

const long = new WeakMap<Socket, IncomingMessage>();

/** From now on this request may take longer. */
export function allowLongBody(request: IncomingMessage): void {
  long.set(request.socket, request);
}

const isLong = (socket: Socket): boolean => long.get(socket)?.complete === false;

const STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Answers what is no request, or comes too slowly, as Node does by itself, but for requests that may take longer. */
export function boundBodies(server: Server): void {
  server.on('clientError', (error, duplex) => {
    const socket = duplex as Socket & { readonly _httpMessage?: { readonly headersSent: boolean } };
    const code = systemCode(error) ?? '';
    if (code === 'ERR_HTTP_REQUEST_TIMEOUT' && isLong(socket)) return;
    const status = STATUS[code] ?? 400;
    if (socket.writable && socket._httpMessage?.headersSent !== true) {
      socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`);
    }
    socket.destroy(error);
  });
}
