// How the configuration words a service that speaks as Amazon S3 does: where it is, and with what it is asked.
import { z } from 'zod';
import { SecretRef } from './values.ts';

export const s3Endpoint = {
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('the endpoint, asked with the bucket in the path; default: that of AWS for the region'),
  region: z
    .string()
    .regex(/^[a-z0-9-]{1,50}$/, 'expected a region such as eu-central-1')
    .default('us-east-1')
    .describe('the region that requests are signed for'),
};

export const s3Credentials = {
  accessKeyId: SecretRef.optional().describe('of the key that requests are signed with; without it they are anonymous'),
  secretAccessKey: SecretRef.optional().describe('its secret, which is never sent'),
  sessionToken: SecretRef.optional().describe('of temporary credentials'),
};

type Credentials = { readonly [K in keyof typeof s3Credentials]?: SecretRef | undefined };

export const hasWholeKey = ({ accessKeyId, secretAccessKey }: Credentials): boolean =>
  (accessKeyId === undefined) === (secretAccessKey === undefined);

/** Of where `hasWholeKey` does not hold. */
export const HALF_A_KEY = { message: 'accessKeyId and secretAccessKey go together', path: ['secretAccessKey'] };
