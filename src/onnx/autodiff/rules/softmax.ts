// Softmax and its logarithm, along one axis (as of operator set 13; older ones are converted before).
import { axisOf, intOf } from '../../model.ts';
import { type Rule, only } from '../rule.ts';

const softmax: Rule = (context) => {
  const { node, build, shape } = context;
  const y = node.outputs[0]!;
  const axis = axisOf(intOf(node.attributes, 'axis', -1), shape(y).length);
  const product = build.mul(only(context), y);
  return [build.sub(product, build.mul(y, build.sum(product, [axis], true)))];
};

const logSoftmax: Rule = (context) => {
  const { node, build, shape } = context;
  const y = node.outputs[0]!;
  const axis = axisOf(intOf(node.attributes, 'axis', -1), shape(y).length);
  const gradient = only(context);
  return [build.sub(gradient, build.mul(build.op('Exp', [y]), build.sum(gradient, [axis], true)))];
};

export const SOFTMAX: Readonly<Record<string, Rule>> = { Softmax: softmax, LogSoftmax: logSoftmax };
