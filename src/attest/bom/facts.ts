// What is known of a model: each fact with the file that states it. Every form of a bill of materials is written from this.

/** A value, and where it stands: the path of a file within the model. */
export interface Fact {
  readonly value: string;
  readonly source: string;
}

/** Facts of which a model has one. What other files say differently is kept beside the first. */
export const SINGLE = [
  'name',
  'version',
  'description',
  'supplier',
  'task',
  'architectureFamily',
  'architecture',
  'downloadLocation',
  'purl',
] as const;
export type SingleField = (typeof SINGLE)[number];

export interface LicenceFact {
  /** Of the SPDX list; otherwise it has a name alone. */
  readonly id?: string;
  readonly name: string;
  readonly url?: string;
  readonly source: string;
}

export interface DatasetFact {
  readonly name: string;
  /** What the file says that it was used for; `named` where it only appears, as in code. */
  readonly use: 'training' | 'evaluation' | 'named';
  readonly url?: string;
  readonly source: string;
}

export interface BaseModelFact {
  readonly name: string;
  /** `adapter`, `finetune`, `merge`, `quantized`, as the file says it. */
  readonly relation?: string;
  readonly version?: string;
  readonly purl?: string;
  readonly url?: string;
  readonly source: string;
}

export interface MetricFact {
  readonly type: string;
  readonly value: string;
  /** On which data. */
  readonly slice?: string;
  readonly source: string;
}

export interface LibraryFact {
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly source: string;
}

/** Types are those of CycloneDX. */
export interface ReferenceFact {
  readonly type: 'vcs' | 'website' | 'documentation' | 'distribution' | 'license' | 'other';
  readonly url: string;
  readonly source: string;
}

/** What no form has a place of its own for: `ancile:context-length`. */
export interface PropertyFact {
  readonly name: string;
  readonly value: string;
  readonly source: string;
}

export type ConsiderationKind =
  | 'users'
  | 'useCases'
  | 'technicalLimitations'
  | 'performanceTradeoffs'
  | 'ethicalConsiderations'
  | 'environment'
  | 'training';

/** What the makers say in words. */
export interface ConsiderationFact {
  readonly kind: ConsiderationKind;
  readonly text: string;
  readonly source: string;
}

/** An input or output: its name, type and shape in one text. */
export interface PortFact {
  readonly direction: 'input' | 'output';
  readonly format: string;
  readonly source: string;
}

/** What a file of weights holds. */
export interface Tensors {
  /** `safetensors`, `gguf`, `onnx`. */
  readonly format: string;
  /** Values of all tensors. */
  readonly values: bigint;
  /** Tensors by the type of their values. */
  readonly types: ReadonlyMap<string, number>;
}

export interface FileFact {
  readonly path: string;
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
  readonly tensors?: Tensors;
}

export interface ModelFacts {
  readonly single: Readonly<Partial<Record<SingleField, Fact>>>;
  /** What other files say of the same, differently. */
  readonly differing: readonly (Fact & { readonly field: SingleField })[];
  readonly licences: readonly LicenceFact[];
  readonly datasets: readonly DatasetFact[];
  readonly baseModels: readonly BaseModelFact[];
  readonly metrics: readonly MetricFact[];
  readonly libraries: readonly LibraryFact[];
  readonly references: readonly ReferenceFact[];
  readonly properties: readonly PropertyFact[];
  readonly considerations: readonly ConsiderationFact[];
  readonly ports: readonly PortFact[];
  readonly tags: readonly Fact[];
  /** In the order of their paths. */
  readonly files: readonly FileFact[];
  /** What signatures and attestations call the model, where all of it was read. */
  readonly digest?: string;
  /** What could not be read, and why. */
  readonly unread: readonly { readonly path: string; readonly reason: string }[];
}
