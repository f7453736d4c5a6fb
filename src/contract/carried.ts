// Records that came from elsewhere: kept whole inside a record of our own kind, so that nothing that acts on records can
// take one of them for what happened here.
import { z } from 'zod';
import { common } from './record-common.ts';

/** Name of an enrolled node. */
export const NodeName = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'expected small letters, digits, - and _');

const Digest = z.string().regex(/^[0-9a-f]{64}$/);

/** A record of another node, as that node signed it. It has no effect here: rules read it, and it is told of. */
export const ForwardedRecord = z.object({
  ...common,
  kind: z.literal('forwarded'),
  origin: z.object({
    /** The enrolled name of the key that signed it, whatever the record says of itself. */
    node: z.string(),
    /** Its number in that node's ledger. */
    seq: z.int().nonnegative(),
    /** Leaf hash of its line there (RFC 6962), hex. */
    digest: Digest,
  }),
  /** The record as it stands there. Absent where its line is larger than is taken: its digest stands for it. */
  record: z.record(z.string(), z.unknown()).optional(),
  /** Why nothing here reads it: a kind or form that this version does not know, or a line that is too large. */
  unread: z.enum(['form', 'size']).optional(),
});

/** What became of the stream of a node. */
export const NodeStreamEvent = z.enum([
  /** Its first records. */
  'began',
  /** Records of it will never come: it pruned them before they were sent. */
  'gap',
  /** It has fewer records than it had: it was put back to an earlier time. */
  'rewound',
  /** It signed two histories: nothing more is taken from it until a person says so. */
  'fork',
  /** A person let a node go on that was stopped. */
  'accepted',
  /** Nothing was heard of it for longer than `nodes.silentAfter`. */
  'silent',
  'returned',
]);
export type NodeStreamEvent = z.infer<typeof NodeStreamEvent>;

export const NodeStreamRecord = z.object({
  ...common,
  kind: z.literal('node.stream'),
  origin: z.object({ node: z.string() }),
  event: NodeStreamEvent,
  /** Of `gap` and `began`: the records that are missing, `to` not among them; of `rewound` and `fork`: where. */
  from: z.int().nonnegative(),
  to: z.int().nonnegative(),
  /** Of `gap`: whether the node proved that what it has now goes on from what it had. */
  proved: z.boolean().optional(),
  /** Hashes of the node's tree at `to`, from which it is followed on. */
  frontier: z.array(Digest).max(64).optional(),
  actor: z.string().optional(),
});

/** A node as the centre sees it. */
export const NodeView = z.object({
  name: z.string(),
  keyId: z.string(),
  /** `new`: nothing came yet; `forked`: stopped, see `ancile node accept`. */
  state: z.enum(['new', 'open', 'silent', 'rewound', 'forked', 'removed']),
  /** Records that are here; the next of its ledger. */
  next: z.int().nonnegative(),
  /** Records that it has and that are not here, as it said last. */
  lag: z.int().nonnegative(),
  /** When it was heard of last, since the start of the program. */
  heard: z.string().optional(),
  /** Records that will never come. */
  missing: z.int().nonnegative(),
  gaps: z.int().nonnegative(),
});
export type NodeView = z.infer<typeof NodeView>;
