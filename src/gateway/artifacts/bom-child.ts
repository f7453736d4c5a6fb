// The process in which bills of materials are made: what they are read from was made by others. It ends with the process that
// started it.
import { diffContents, gatherFacts, readContents, toBomFacts, toCyclonedx, toSpdx } from '../../attest/index.ts';
import type { BomAsk, BomTold, LaidOut } from './bom-messages.ts';

const MOST_CHANGES = 2000;

const gather = ({ folder, beside }: LaidOut): ReturnType<typeof gatherFacts> => gatherFacts(folder, { beside });

function contentsOf(model: LaidOut): ReturnType<typeof readContents> {
  return readContents(toCyclonedx(gather(model), { toolVersion: '', timestamp: '' }), 'the version');
}

function answer(ask: BomAsk): BomTold {
  try {
    switch (ask.kind) {
      case 'facts':
        return { kind: 'facts', facts: toBomFacts(gather(ask.model)) };
      case 'document': {
        const write = ask.format === 'spdx' ? toSpdx : toCyclonedx;
        return { kind: 'document', document: write(gather(ask.model), ask) as Record<string, unknown> };
      }
      case 'compare': {
        const changes = diffContents(contentsOf(ask.before), contentsOf(ask.after));
        const shown = changes.slice(0, MOST_CHANGES);
        return { kind: 'compare', changes: shown, left: changes.length - shown.length };
      }
    }
  } catch {
    // Its words could quote the file.
    return { kind: 'failed' };
  }
}

process.on('message', (ask: BomAsk) => {
  if (process.connected) process.send!(answer(ask));
});
process.on('disconnect', () => process.exit());
