// Text from outside made harmless for the form that it goes into: it never ends a field, a line, or becomes markup.

/** Control characters, line separators and what turns the direction of text round: none is part of a name. */
const STEERING = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** The text on one line. */
export function oneLine(text: string): string {
  return text.toWellFormed().replace(STEERING, ' ');
}

/** A field of the header of CEF. */
export function cefHeader(text: string): string {
  return oneLine(text).replace(/[\\|]/g, '\\$&');
}

/** A value of the extension of CEF. */
export function cefValue(text: string): string {
  return oneLine(text).replace(/[\\=]/g, '\\$&');
}

/** A value of structured data (RFC 5424, 6.3.3). */
export function structuredValue(text: string): string {
  return oneLine(text).replace(/["\\\]]/g, '\\$&');
}

/** A field of the header of syslog (RFC 5424): printable ASCII without blanks, `-` where nothing is left. */
export function syslogToken(text: string, most: number): string {
  return text.replace(/[^\x21-\x7e]/g, '_').slice(0, most) || '-';
}

/** JSON in ASCII alone: what carries it needs no word on its encoding. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/**
 * Text for a message of Slack, also where it is taken for mrkdwn: no mention, no link, no emphasis. Addresses are written
 * so that nothing makes links of them.
 */
export function slackText(text: string): string {
  return oneLine(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/:\/\//g, '[:]//')
    .replace(/@/g, '＠')
    .replace(/\b(www)\./gi, '$1[.]')
    .replace(/[*_~`]/g, (char) => `\u2060${char}\u2060`)
    .replace(/:(?=[a-z0-9_+-]+:)/gi, ':\u2060');
}
