// Asks the gateway of this container whether it is ready; exit code 0 or 1. ANCILE_HEALTH_URL where it is elsewhere.
import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';

const url = new URL(process.env.ANCILE_HEALTH_URL ?? 'http://127.0.0.1:8700/healthz');
const get = url.protocol === 'https:' ? getSecure : getPlain;
// The certificate is for the name that clients use, not for the loopback address that is asked here.
const request = get(url, { rejectUnauthorized: false, timeout: 3000 }, (response) => {
  response.resume();
  process.exitCode = response.statusCode === 200 ? 0 : 1;
});
request.on('timeout', () => request.destroy(new Error('timeout')));
request.on('error', () => {
  process.exitCode = 1;
});
