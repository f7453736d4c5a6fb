// Logs of other services that are read as they come: how the configuration words their sources, and what people see of them.
import { z } from 'zod';
import { LogService } from './imported.ts';
import { HALF_A_KEY, hasWholeKey, s3Credentials, s3Endpoint } from './s3.ts';
import { Duration } from './values.ts';

const common = {
  format: LogService.describe('whose log it is'),
  inspect: z.boolean().default(true).describe('judge the texts; else they are not taken along'),
  interval: Duration.prefault('1m')
    .refine((ms) => ms >= 100, 'at least 100ms')
    .describe('pause before it is looked at again'),
};

const FilesImport = z
  .strictObject({
    kind: z.literal('files').describe('files of this machine'),
    path: z.string().min(1).describe('a file, or a folder with all that lies below; JSON lines, also as .gz'),
    ...common,
  })
  .describe('files that appear, and that grow');

const BucketImport = z
  .strictObject({
    kind: z.literal('s3').describe('what it speaks'),
    ...s3Endpoint,
    bucket: z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/, 'expected the name of a bucket')
      .describe('the bucket'),
    prefix: z.string().max(500).default('').describe('what the keys of its logs begin with'),
    ...s3Credentials,
    ...common,
  })
  .refine(hasWholeKey, HALF_A_KEY)
  .describe('objects of a bucket of Amazon S3, or of what speaks as it does');

export const ImportSource = z.discriminatedUnion('kind', [FilesImport, BucketImport]);
export type ImportSource = z.infer<typeof ImportSource>;

export const ImportName = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'expected small letters, digits, - and _');

export const ImportBadLine = z.object({
  file: z.string(),
  /** Absent where the file itself cannot be read on. */
  line: z.int().optional(),
  message: z.string(),
});
export type ImportBadLine = z.infer<typeof ImportBadLine>;

/** A source as people see it; counts are since the start of the program. */
export const ImportView = z.object({
  name: z.string(),
  format: LogService,
  /** Path or bucket and prefix. */
  from: z.string(),
  /** `stopped`: no server runs; `failing`: the last look at it did not come to its end. */
  state: z.enum(['stopped', 'reading', 'waiting', 'failing']),
  /** Why it is failing. */
  fault: z.string().optional(),
  /** When it was last seen whole, with all of it on record. */
  level: z.string().optional(),
  /** Files that were read to their end, or on. */
  files: z.int(),
  added: z.int(),
  known: z.int(),
  findings: z.int(),
  badLines: z.int(),
  /** The last of them. */
  bad: z.array(ImportBadLine),
});
export type ImportView = z.infer<typeof ImportView>;
