// The tag of a trusted span, as an application makes it.
import { createHmac } from 'node:crypto';

export const spanTag = (key: string, id: string, text: string): string =>
  createHmac('sha256', key).update(`${id}\n${text}`).digest('hex');

export const vouchedBy =
  (key: string) =>
  (id: string, text: string, tag: string): boolean =>
    spanTag(key, id, text) === tag;
