// A second opinion by a sequence classifier (Prompt Guard, DeBERTa and the like), whatever runs it: this file knows no
// runtime, so that the guard runs where there is none.
import type { Opinion } from './opinion.ts';

/** A model that tells attacks from other texts, wherever it runs. */
export interface TextClassifier {
  /** Changes whenever its answers may. */
  readonly version: string;
  /**
   * How likely a text is an attack, 0..1; undefined where it is longer than the model is asked about.
   * @throws AncileError `guard_fault` where the model failed
   */
  classify(text: string, signal: AbortSignal): Promise<number | undefined>;
  close(): Promise<void>;
}

export function createModelOpinion(classifier: TextClassifier): Opinion {
  return {
    kind: 'onnx',
    version: classifier.version,
    local: true,
    async ask(text, _channel, signal) {
      const score = await classifier.classify(text, signal);
      if (score === undefined)
        return { status: 'skipped', detail: 'a text has more tokens than the model is asked about' };
      return { status: 'ruled', score };
    },
    close: () => classifier.close(),
  };
}
