// Bills of materials in a process of its own: started when one is asked for, ended when none was for a while.
import type { ChildProcess } from 'node:child_process';
import { AncileError } from '../../base/index.ts';
import { askChild, forkBeside } from '../child-process.ts';
import type { BomAsk, BomTold } from './bom-messages.ts';

/** Longest for one, milliseconds: headers and small files are read, weights are not. */
const MOST_MS = 60_000;
const IDLE_MS = 60_000;
const MEMORY_MB = 512;

/** What is told of an ask of that kind. */
export type ToldOf<K extends BomAsk['kind']> = Extract<BomTold, { kind: K }>;

export interface BomProcess {
  /**
   * One at a time, in the order of asking.
   * @throws AncileError `guard_fault` where no end was come to, `shutting_down` where it was closed
   */
  ask<K extends BomAsk['kind']>(message: Extract<BomAsk, { kind: K }>): Promise<ToldOf<K>>;
  close(): void;
}

export function createBomProcess(): BomProcess {
  let child: ChildProcess | undefined;
  let closed = false;
  let idle: NodeJS.Timeout | undefined;
  let last: Promise<unknown> = Promise.resolve();

  function start(): ChildProcess {
    const started = forkBeside(import.meta.url, 'bom-child', [`--max-old-space-size=${MEMORY_MB}`]);
    started.unref();
    started.channel?.unref();
    started.once('exit', () => {
      if (child === started) child = undefined;
    });
    return started;
  }

  function end(): void {
    child?.kill('SIGKILL');
    child = undefined;
  }

  async function run(message: BomAsk): Promise<BomTold> {
    if (closed) throw new AncileError('shutting_down', 'the gateway is stopping');
    clearTimeout(idle);
    child ??= start();
    const told = (await askChild(child, message, MOST_MS)) as BomTold | undefined;
    idle = setTimeout(end, IDLE_MS).unref();
    return told ?? { kind: 'failed' };
  }

  return {
    async ask<K extends BomAsk['kind']>(message: Extract<BomAsk, { kind: K }>): Promise<ToldOf<K>> {
      const turn = (): Promise<BomTold> => run(message);
      const asked = last.then(turn, turn);
      last = asked.catch(() => undefined);
      const told = await asked;
      if (told.kind === message.kind) return told as ToldOf<K>;
      if (closed) throw new AncileError('shutting_down', 'the gateway is stopping');
      throw new AncileError('guard_fault', 'the files of the version could not be read to an end', {
        hint: '`ancile bom FOLDER` on a copy of them says more.',
      });
    },
    close() {
      closed = true;
      clearTimeout(idle);
      end();
    },
  };
}
