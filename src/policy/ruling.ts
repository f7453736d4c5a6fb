// What the guard asks of a policy set, and what it gets back. Scores enter as whole numbers in buckets, so that
// the same question recurs and its answer can be cached.
import type {
  Action,
  AttestationKind,
  Capability,
  Channel,
  Direction,
  FindingClass,
  FlowConcern,
  FlowMode,
  ModelSignature,
  OnFault,
  PolicyFile,
  PolicyRef,
  Principal,
  ScanVerdict,
  Severity,
  StageName,
  Surface,
  ToolEffect,
  Transfer,
  Uninspected,
} from '../contract/index.ts';

/** Who asks, by what door. */
export interface Subject {
  readonly principal: Principal;
  readonly route: string;
  readonly surface: Surface;
}

/** What is to happen to the span of one finding? */
export interface FindingQuestion {
  readonly direction: Direction;
  readonly channel: Channel;
  readonly rule: string;
  readonly class: FindingClass;
  readonly severity: Severity;
  /** 0..1; the policy sees 0..1000 in steps of 50, rounded down. */
  readonly score: number;
}

/** What is known of a finding before any text was seen. */
export type FindingSketch = Pick<FindingQuestion, 'channel' | 'class'>;

/** May the exchange go on in this direction? */
export interface ExchangeQuestion {
  readonly direction: Direction;
  readonly stream: boolean;
  /** Classes of all findings so far. */
  readonly classes: readonly FindingClass[];
  /** Kinds of parts that nobody looked at. */
  readonly uninspected: readonly Uninspected[];
  readonly capabilities: readonly Capability[];
}

/** Who pulls or puts what. */
export interface ArtifactSubject {
  readonly principal: Principal;
  readonly source: string;
  readonly repo: string;
  readonly revision: string;
}

/** May this version be pulled, as far as it is known? */
export interface ArtifactQuestion {
  readonly direction: Transfer;
  /** The worst of its files. */
  readonly verdict: ScanVerdict;
  readonly formats: readonly string[];
  /** Ids of what the scanner found, and the worst severity; `info` where there is nothing. */
  readonly rules: readonly string[];
  readonly severity: Severity;
  /** Empty where nobody knows. */
  readonly licence: string;
  readonly signature: ModelSignature;
  /** What is attested of it and counts. */
  readonly evidence: readonly AttestationKind[];
  readonly bytes: number;
  /** Since it was last changed; 0 where nobody knows. */
  readonly ageDays: number;
}

/** Who calls which tool, by what door. */
export interface ToolSubject {
  readonly principal: Principal;
  /** Empty where only the model's wire was seen. */
  readonly server: string;
  readonly tool: string;
  readonly surface: Surface;
}

/** May this call be made, by what is known of where its arguments come from? */
export interface ToolCallQuestion {
  readonly mode: FlowMode;
  readonly effect: ToolEffect;
  /** Untrusted content, and private data, were in the conversation before the call was proposed. */
  readonly untrusted: boolean;
  readonly private: boolean;
  /** An earlier call of the conversation was held or blocked, and nobody has approved it. */
  readonly refused: boolean;
  readonly concerns: readonly FlowConcern[];
  /** `name:origin` of each argument. */
  readonly origins: readonly string[];
}

/** What the policy set answers. */
export interface Ruling {
  readonly action: Action;
  /** Deciding policies, strictest first. */
  readonly policies: readonly PolicyRef[];
  /** Errors of evaluation: any makes `action` what `onFault` of the policy stage says. */
  readonly faults: readonly string[];
  /**
   * The deciding policies ask that the model be asked once more before they are followed (`@reask`). Meant of a first,
   * whole answer only.
   */
  readonly reask: boolean;
  /** The shadow set's answer, where there is a shadow set. */
  readonly shadow?: { readonly action: Action; readonly policies: readonly PolicyRef[] };
}

/** A loaded policy set: total, synchronous, never throws. */
export interface Policies {
  /** Name of the set. */
  readonly name: string;
  /** The set's manifest and policies as they were read; empty where they are of no files. */
  readonly files: readonly PolicyFile[];
  /** Digest over manifest, schema and policies of the set (and of the shadow set). */
  readonly version: string;
  readonly onFault: Readonly<Record<StageName, OnFault>>;
  ruleFinding(subject: Subject, question: FindingQuestion): Ruling;
  ruleExchange(subject: Subject, question: ExchangeQuestion): Ruling;
  ruleArtifact(subject: ArtifactSubject, question: ArtifactQuestion): Ruling;
  ruleToolCall(subject: ToolSubject, question: ToolCallQuestion): Ruling;
  /**
   * Whether a finding of which only this is known, whatever its rule, severity and score, may come to be redacted,
   * held or blocked. Errs on the side of yes, never of no.
   */
  mayEnforce(subject: Subject, direction: Direction, sketch: FindingSketch): boolean;
}
