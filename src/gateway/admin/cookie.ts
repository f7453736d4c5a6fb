// The cookies of a session and of a browser that signed in before: HttpOnly, of this host alone, sent with nothing that
// another site began.

/** `__Host-` makes a browser hold it to TLS, to this host and to the whole path (RFC 6265bis, 4.1.3.2). */
const nameFor = (secure: boolean): string => (secure ? '__Host-ancile' : 'ancile');
const deviceNameFor = (secure: boolean): string => `${nameFor(secure)}-device`;

/** Longest cookie header that is looked into. */
const MAX_HEADER = 8192;
const TOKEN = /^[A-Za-z0-9_-]{20,200}$/;
const DEVICE = /^[A-Za-z0-9_.-]{20,200}$/;
/** As long as a device token is good for, seconds. */
const DEVICE_MAX_AGE = 90 * 24 * 3600;

/**
 * The value of a cookie. A name that is there twice counts as none: which of the two a proxy, a browser or we would take
 * is nothing to rely on.
 */
function readCookie(header: string | undefined, name: string, form: RegExp): string | undefined {
  if (header === undefined || header.length > MAX_HEADER) return undefined;
  const prefix = `${name}=`;
  const found = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(prefix));
  const token = found.length === 1 ? found[0]!.slice(prefix.length) : '';
  return form.test(token) ? token : undefined;
}

/** The token of the session that a request carries. */
export function readSessionCookie(header: string | undefined, secure: boolean): string | undefined {
  return readCookie(header, nameFor(secure), TOKEN);
}

/** What tells a browser that signed in before from a stranger's. */
export function readDeviceCookie(header: string | undefined, secure: boolean): string | undefined {
  return readCookie(header, deviceNameFor(secure), DEVICE);
}

/** The `set-cookie` by which a browser is known at its next sign-in. */
export function renderDeviceCookie(token: string, secure: boolean): string {
  const attributes = `Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
  return `${deviceNameFor(secure)}=${token}; ${attributes}; Max-Age=${DEVICE_MAX_AGE}`;
}

/** The `set-cookie` that keeps a token until the browser closes, or with undefined takes it away. */
export function renderSessionCookie(token: string | undefined, secure: boolean): string {
  const attributes = `Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
  return token === undefined
    ? `${nameFor(secure)}=; ${attributes}; Max-Age=0`
    : `${nameFor(secure)}=${token}; ${attributes}`;
}
