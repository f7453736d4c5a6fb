// The graph that computes a loss and its gradients: the forward graph, a loss on top of it, and the way back, in one session.
import { differentiate } from './autodiff/differentiate.ts';
import { Builder } from './builder.ts';
import { encodeModel } from './encode.ts';
import { type Graph, type ValueInfo } from './model.ts';
import type { Prepared } from './prepare.ts';
import { type Sample, probe } from './probe.ts';
import { type OpenSession, type SessionOptions, openSession } from './session.ts';

/** What is put on top: its nodes go into the builder. */
export interface Loss {
  /** One number for each sample, in one dimension. */
  readonly loss: string;
  /** Values that are shown besides. */
  readonly shown: readonly string[];
}

export interface GradientParts {
  readonly prepared: Prepared;
  /** What the loss is given besides the model's input. */
  readonly inputs: readonly ValueInfo[];
  build(builder: Builder, output: string): Loss;
  /** Values that it is differentiated by: the input, weights. */
  readonly by: readonly string[];
  /** Of these, weights that change: they become inputs. */
  readonly weights?: readonly string[];
  /** With all inputs. */
  readonly sample: Sample;
  readonly counts: readonly number[];
  readonly session?: SessionOptions;
}

export interface OpenGradient {
  readonly session: OpenSession;
  readonly loss: string;
  readonly shown: readonly string[];
  /** Of each value of `by`; undefined for one that the loss does not depend on. */
  readonly gradients: readonly (string | undefined)[];
}

/** @throws AncileError `model_invalid` naming the node that no rule is there for */
export async function openGradient(parts: GradientParts): Promise<OpenGradient> {
  const { prepared, inputs, by, weights = [], sample, counts, session: options } = parts;
  const { irVersion, opsets } = prepared.model;
  const { graph } = prepared.model;
  const top = new Builder('t');
  const { loss, shown } = parts.build(top, prepared.output);
  const isWeight = new Set(weights);
  const weightInputs = graph.initializers
    .filter(({ name }) => isWeight.has(name))
    .map(({ name, type, dims }) => ({ name, type, shape: dims }));
  const forward: Graph = {
    ...graph,
    inputs: [...graph.inputs, ...inputs, ...weightInputs],
    nodes: [...graph.nodes, ...top.nodes],
    initializers: [...graph.initializers.filter(({ name }) => !isWeight.has(name)), ...top.initializers],
    outputs: [loss, ...shown].map((name) => ({ name })),
  };
  const facts = await probe({ irVersion, opsets, graph: forward, functions: [] }, sample, counts);
  const back = new Builder('b');
  const seed = back.op('Expand', [back.scalar(1), back.op('Shape', [loss])]);
  const gradients = differentiate({ graph: forward, facts, build: back, of: loss, seed, by });
  const outputs = [loss, ...shown, ...gradients.filter((name) => name !== undefined)];
  const whole: Graph = {
    ...forward,
    nodes: [...forward.nodes, ...back.nodes],
    initializers: [...forward.initializers, ...back.initializers],
    outputs: [...new Set(outputs)].map((name) => ({ name })),
  };
  const session = await openSession(encodeModel({ irVersion, opsets, graph: whole }), options);
  return { session, loss, shown, gradients };
}
