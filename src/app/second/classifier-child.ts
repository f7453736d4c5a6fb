// The process of a classifier. The runtime computes on the thread that asks it, and a fault in native code ends its process:
// neither may be the gateway's. One text at a time; it ends with the process that started it.
import { toAncileError } from '../../base/index.ts';
import { type ClassifierModel, openModel } from './classifier-model.ts';
import type { FromChild, ToChild } from './messages.ts';

let model: ClassifierModel | undefined;

function tell(message: FromChild): void {
  if (process.connected) process.send!(message);
}

async function answer(message: ToChild): Promise<FromChild> {
  if (message.kind === 'open') {
    try {
      model = await openModel(message.settings);
      return { kind: 'ready', version: model.version };
    } catch (thrown) {
      const { code, message: words, at, hint } = toAncileError(thrown, 'model_invalid');
      return { kind: 'fault', code, message: words, at, hint };
    }
  }
  try {
    return { kind: 'score', score: await model!.classify(message.text) };
  } catch {
    // Its words could quote the text.
    return { kind: 'failed' };
  }
}

process.on('message', (message: ToChild) => void answer(message).then(tell));
process.on('disconnect', () => process.exit());
