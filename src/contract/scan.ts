// What a scan says of files: verdicts, what was found where, and what could not be looked at.
import { z } from 'zod';
import { Severity } from './finding.ts';

/** `unanalyzed`: a part could not be looked at, and what was looked at is in order. */
export const ScanVerdict = z.enum(['clean', 'suspicious', 'malicious', 'unanalyzed']);
export type ScanVerdict = z.infer<typeof ScanVerdict>;

/** What a file would be able to do when it is loaded. */
export const ScanCapability = z.enum([
  /** Run a command or code of its own. */
  'execute',
  /** Load a module by a name that it gives. */
  'import',
  /** Read, write or delete files. */
  'file',
  /** Connect, fetch or send. */
  'network',
  /** Reach any attribute by name, and so any of the others. */
  'attribute',
  /** Load native code. */
  'native',
  /** Unpickle or otherwise load another file or byte string. */
  'deserialize',
  /** Exhaust memory or time, or overflow a loader's counts. */
  'exhaust',
]);
export type ScanCapability = z.infer<typeof ScanCapability>;

export const ScanFinding = z.object({
  /** Stable id of the rule: `pickle.call`, `zip.slip`. */
  rule: z.string(),
  severity: Severity,
  /** One sentence: what is there and what it would do. Holds text of the file, with control characters shown as escapes. */
  message: z.string(),
  capability: ScanCapability.optional(),
  /** Path of the member within the file, parts of nested containers joined by `!/`. */
  member: z.string().optional(),
  /** Byte offset within the file or member. */
  offset: z.int().nonnegative().optional(),
  /** Line of a text file or member, from 1. */
  line: z.int().positive().optional(),
  /** A piece of the file, shortened; never a secret. */
  evidence: z.string().optional(),
  /** Technique ids: MITRE ATLAS, OWASP. */
  techniques: z.array(z.string()),
  /** Who answers for not counting it, why, and until when. It counts for neither verdict nor exit code. */
  suppressed: z.object({ reason: z.string(), owner: z.string(), expires: z.iso.date() }).optional(),
  /** It stands in the baseline: it counts for the verdict, and not for the exit code. */
  known: z.literal(true).optional(),
});
export type ScanFinding = z.infer<typeof ScanFinding>;

/** A part of a file that was not looked at, and why. */
export const Unseen = z.object({ reason: z.string(), member: z.string().optional() });
export type Unseen = z.infer<typeof Unseen>;

/** A part of an AI system that a file holds or names: what an inventory is made of. */
export const AiAsset = z.object({
  kind: z.enum(['model', 'dataset', 'sdk', 'provider', 'agent', 'mcp-server', 'tool', 'prompt', 'key', 'server']),
  /** As the file names it: `meta-llama/Llama-3.1-8B`, `openai`; of a key its kind, never the key. */
  name: z.string(),
  /** How or where it is used, a few words. */
  detail: z.string().optional(),
});
export type AiAsset = z.infer<typeof AiAsset>;

export const FileReport = z.object({
  path: z.string(),
  /** What it is by its content: `pickle`, `pytorch`, `gguf`; `unknown` when nothing knows it. */
  format: z.string(),
  verdict: ScanVerdict,
  /** Bytes. */
  size: z.int().nonnegative(),
  /** Of the whole file, hex; absent when it could not be read. */
  sha256: z.string().optional(),
  findings: z.array(ScanFinding),
  unseen: z.array(Unseen),
  /** What lies in it, where it is a container; at most 10,000 are listed. */
  members: z.array(z.object({ path: z.string(), format: z.string(), size: z.int().nonnegative() })),
  /** Parts of AI systems that it holds or names, each once; at most 200. */
  assets: z.array(AiAsset),
});
export type FileReport = z.infer<typeof FileReport>;

export const ScanSummary = z.object({
  files: z.int(),
  /** Files by verdict. */
  clean: z.int(),
  suspicious: z.int(),
  malicious: z.int(),
  unanalyzed: z.int(),
  /** Bytes of all files. */
  bytes: z.int(),
  /** Findings that count, by severity. */
  findings: z.record(Severity, z.int()),
  suppressed: z.int(),
  known: z.int(),
  /** Files and folders that were not looked at because `.ancileignore` says so. */
  ignored: z.int(),
});
export type ScanSummary = z.infer<typeof ScanSummary>;

/** A part of an AI system, and the files that hold or name it. */
export const InventoryItem = AiAsset.extend({
  /** How many files. */
  files: z.int().positive(),
  /** The first twenty of them. */
  paths: z.array(z.string()),
});
export type InventoryItem = z.infer<typeof InventoryItem>;

export const ScanReport = z.object({
  tool: z.object({
    name: z.literal('ancile'),
    version: z.string(),
    /** SHA-256 over all rules and lists it went by, hex: two reports with the same one were judged alike. */
    rules: z.string().optional(),
  }),
  /** False where it was stopped: the rest was not looked at. */
  complete: z.boolean(),
  files: z.array(FileReport),
  summary: ScanSummary,
  /** The AI inventory: what all files together hold and name, by kind, then by how many files. */
  inventory: z.array(InventoryItem),
  /** What the reader should know of the scan itself: suppressions that expired, a scan that was stopped. */
  notes: z.array(z.string()),
});
export type ScanReport = z.infer<typeof ScanReport>;
