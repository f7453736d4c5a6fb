// Who may do what, and how much: virtual keys, the routes in their scope, budgets; people and their sessions.
export { windowEnd, windowStart } from './amounts.ts';
export { createApprovalBook, type ApprovalBook, type ApprovalParts, type HoldRequest } from './approvals.ts';
export type { HeldContent } from './approval-digest.ts';
export { openGrantBook, type GrantAsk, type GrantBook, type GrantParts } from './grants/grant-book.ts';
export { describeCall } from './grants/held-call.ts';
export { createApprovalWebhook, type ApprovalWebhook, type ApprovalWebhookOptions } from './approval-webhook.ts';
export { createBudgetBook, type BudgetBook, type Refusal, type Reservation, type ReserveResult } from './budget.ts';
export {
  createFeedbackBook,
  type FeedbackBook,
  type FeedbackGiven,
  type FeedbackPage,
  type FeedbackParts,
  type FeedbackQuery,
  type LabelledText,
} from './feedback.ts';
export { createKeyRing, type AccessKey, type Authentication, type KeyEndListener, type KeyRing } from './key-ring.ts';
export { createMemoryKeyStore, type KeyStore, type StoredKey } from './key-store.ts';
export {
  createRouteTable,
  matchPattern,
  mayCall,
  mayPull,
  mayPush,
  mayUse,
  selectRoute,
  type NamedRoute,
  type RouteTable,
} from './pattern.ts';
export { createPeople, type EndedSession, type People, type PeopleOptions, type Standing } from './people/people.ts';
export { personOfTarget } from './people/signed-out.ts';
export type { SessionGrant } from './people/parts.ts';
export { costMicros } from './price.ts';
export { capsOf, toCap } from './cap.ts';
export {
  covers,
  createRestraints,
  openRestraints,
  restrains,
  toFrozen,
  type Affected,
  type Restraint,
  RestraintEffect,
  type Restraints,
} from './restraints.ts';
export { restrainsTool } from './restrained-tool.ts';
export { createStoreCounterStore } from './store-counters.ts';
export { createStoreKeyStore } from './store-keys.ts';
export {
  advanceUsage,
  chargeAbandoned,
  createMemoryCounterStore,
  EMPTY_USAGE,
  type Counter,
  type CounterStore,
  type UsageRecord,
  type UsageSnapshot,
} from './usage.ts';
export { createWebhookAnswers, WebhookAnswer, type WebhookAnswersParts } from './webhook-answers.ts';
export {
  SIGNATURE_HEADER,
  SIGNATURE_WINDOW_MS,
  signWebhook,
  verifyWebhook,
  webhookDigest,
  type SignedHeaders,
  type WebhookCheck,
} from './webhook-signature.ts';
