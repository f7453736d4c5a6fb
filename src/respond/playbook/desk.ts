// Runs playbooks: each step at most once a run, also across a restart; evidence and containment as the playbook orders them;
// a person's yes where it asks for one; everything on the incident's record.
import { AncileError, type Clock, newId, systemClock, toAncileError } from '../../base/index.ts';
import type {
  BlastRadius,
  Containment,
  Incident,
  Involved,
  PlaybookRun,
  PlaybookStepRun,
  PlaybookSummary,
} from '../../contract/index.ts';
import { type ContainmentRequest } from '../containment.ts';
import { type PlaybookCall, type PlaybookOperation, toCall } from './commands.ts';
import type { ReadPlaybook } from './read.ts';
import type { PlaybookRows } from './rows.ts';
import { toVariables } from './variables.ts';
import { type ActionStep, type Ending, toStepRun, walkPlaybook } from './walk.ts';

export interface RunRequest {
  readonly incident: string;
  readonly playbook: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly dryRun: boolean;
  /** Begins anew although an earlier run of the same is over. */
  readonly again: boolean;
  /** Whom it aims at; absent: those that the incident is about, the first of each. */
  readonly about?: Involved | undefined;
}

export interface PersonAnswer {
  readonly verdict: 'approve' | 'deny';
  /** The step, where several wait. */
  readonly step?: string | undefined;
  readonly note?: string | undefined;
}

export interface PlaybookDesk {
  list(): PlaybookSummary[];
  runs(incident: string): Promise<PlaybookRun[]>;
  /**
   * Runs it, or goes on with a run of the same that is not over; answers when nothing is left but what waits for a person.
   * @throws AncileError `not_found`, `request_invalid`
   */
  run(request: RunRequest, actor: string): Promise<PlaybookRun>;
  /** @throws AncileError `not_found`, `conflict` where nothing waits */
  answer(run: string, answer: PersonAnswer, person: string): Promise<PlaybookRun>;
  /** Goes on with what an earlier process was in the middle of. */
  recall(): Promise<void>;
}

export interface PlaybookParts {
  readonly playbooks: () => readonly ReadPlaybook[];
  readonly rows: PlaybookRows;
  readonly getIncident: (id: string) => Promise<Incident>;
  readonly record: (incident: string, note: string, actor: string) => Promise<unknown>;
  readonly call: (operation: PlaybookOperation, input: unknown, actor: string) => Promise<unknown>;
  readonly preview: (request: Pick<ContainmentRequest, 'action' | 'target' | 'with'>) => Promise<BlastRadius>;
  readonly containmentsOf: (incident: string) => Promise<Containment[]>;
  readonly clock?: Clock;
  readonly onFault: (fault: unknown) => void;
}

const OVER: readonly PlaybookRun['state'][] = ['done', 'refused'];

const sameTexts = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean =>
  Object.keys({ ...a, ...b }).every((name) => a[name] === b[name]);

/** What the target of a containment is, in words. */
function aim(input: Readonly<Record<string, unknown>>): string {
  const members = Object.entries((input['target'] ?? {}) as Record<string, string>);
  const what = members.map(([name, value]) => `${name} ${value}`).join(', ');
  return `${String(input['action'])} ${what === '' ? 'everything' : what}`;
}

export function createPlaybookDesk(parts: PlaybookParts): PlaybookDesk {
  const { rows, clock = systemClock, onFault } = parts;
  const now = (): string => new Date(clock()).toISOString();
  const turns = new Map<string, Promise<unknown>>();
  /** What is done about one incident is done one after the other. */
  function inTurn<T>(incident: string, work: () => Promise<T>): Promise<T> {
    const done = (turns.get(incident) ?? Promise.resolve()).then(work, work);
    const kept = done.catch(() => undefined);
    turns.set(incident, kept);
    void kept.then(() => {
      if (turns.get(incident) === kept) turns.delete(incident);
    });
    return done;
  }

  function find(name: string): ReadPlaybook {
    const found = parts.playbooks().find(({ summary }) => summary.playbook === name || summary.id === name);
    if (found !== undefined) return found;
    const known = parts.playbooks().map(({ summary }) => summary.playbook);
    throw new AncileError('not_found', 'there is no such playbook', {
      at: 'playbook',
      hint: `There is: ${known.join(', ')}.`,
    });
  }

  /** A disk that is full must not keep anything from being contained. */
  async function quietly(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      onFault(thrown);
    }
  }

  async function go(run: PlaybookRun, { playbook }: ReadPlaybook, retry: boolean): Promise<PlaybookRun> {
    const save = (): Promise<void> => {
      run.changed = now();
      return quietly(() => rows.put(run));
    };
    const tell = (text: string): Promise<void> =>
      quietly(() => parts.record(run.incident, `${run.name}: ${text}`, `playbook:${run.playbook}`));
    async function settle(step: PlaybookStepRun, state: PlaybookStepRun['state'], said: readonly string[]) {
      step.state = state;
      step.said = [...said];
      step.time = now();
      await save();
      await tell(`${step.name}: ${state}${said.length === 0 ? '' : `: ${said.join('; ')}`}`);
    }

    /** Names this step of this run in what it makes, so that it is found again after a crash. */
    const markOf = (id: string): string => `${run.run}/${id.slice(-12)}`;
    const madeBefore = async (id: string): Promise<Containment | undefined> =>
      (await parts.containmentsOf(run.incident)).find(({ reason }) => reason.endsWith(`${markOf(id)})`));

    async function contain(step: PlaybookStepRun, id: string, { input }: PlaybookCall, again: boolean): Promise<void> {
      let made = again ? await madeBefore(id) : undefined;
      const said: string[] = [];
      if (made === undefined) {
        const reason = typeof input['reason'] === 'string' && input['reason'] !== '' ? `${input['reason']} ` : '';
        const asked = { ...input, incident: run.incident, reason: `${reason}(${run.name}, ${markOf(id)})` };
        try {
          made = (await parts.call('contain', asked, run.actor)) as Containment;
        } catch (thrown) {
          const { code, message } = toAncileError(thrown);
          if (code === 'conflict') return settle(step, 'done', [`${aim(input)}: ${message}`]);
          made = await madeBefore(id).catch(() => undefined);
          if (made === undefined) throw thrown;
          said.push(`it could not be recorded: ${message}`);
        }
      }
      step.containment = made.id;
      if (made.effectMs !== undefined) step.effectMs = made.effectMs;
      const force = `${aim(input)}: ${made.state}, ${made.cut ?? 0} under way cut, after ${made.effectMs ?? 0} ms`;
      const words = made.state === 'asked' ? `${aim(input)}: waits for the yes of a second person` : force;
      await settle(step, 'done', [words, ...said]);
    }

    async function act(id: string, step: ActionStep): Promise<Ending> {
      const before = run.steps.find((each) => each.step === id);
      if (before?.state === 'done' || before?.state === 'refused' || before?.state === 'waiting') return before.state;
      if (before?.state === 'failed' && !retry) return 'failed';
      const [command] = step.commands;
      const made = before ?? toStepRun(id, step, command!.type === 'manual' ? 'person' : '', now());
      const again = before !== undefined;
      if (!again) run.steps.push(made);
      if (command!.type === 'manual') {
        await settle(made, 'waiting', [command!.command]);
        return 'waiting';
      }
      try {
        made.state = 'running';
        const call = toCall(command!, run.variables);
        made.does = call.operation;
        await save();
        if (call.operation === 'contain') await contain(made, id, call, again);
        else {
          const answer = await parts.call(call.operation, call.input, run.actor);
          await settle(made, 'done', tellOf(call.operation, answer));
        }
        return 'done';
      } catch (thrown) {
        const { code, message, at } = toAncileError(thrown);
        await settle(made, 'failed', [`${code}${at === undefined ? '' : ` at ${at}`}: ${message}`]);
        return 'failed';
      }
    }

    run.state = 'running';
    await save();
    run.state = await walkPlaybook({
      playbook,
      variables: run.variables,
      act,
      async decided(id, step, said) {
        if (run.steps.some((each) => each.step === id)) return;
        run.steps.push({ ...toStepRun(id, step, 'condition', now()), state: 'done', said: [said] });
      },
    });
    await save();
    await tell(run.state === 'waiting' ? 'waits for a person' : run.state);
    return run;
  }

  async function plan(run: PlaybookRun, { playbook }: ReadPlaybook): Promise<PlaybookRun> {
    await walkPlaybook({
      playbook,
      variables: run.variables,
      async act(id, step) {
        const [command] = step.commands;
        const planned = { ...toStepRun(id, step, 'person', now()), state: 'planned' as const };
        run.steps.push(planned);
        if (command!.type === 'manual') {
          planned.said = [`A person is asked: ${command!.command}`];
          return 'done';
        }
        try {
          const { operation, input } = toCall(command!, run.variables);
          planned.does = operation;
          if (operation === 'contain') {
            const radius = await parts.preview(input as unknown as ContainmentRequest);
            const second = radius.needsSecond ? ['it waits for the yes of a second person'] : [];
            planned.said = [aim(input), ...radius.statements, ...second];
          }
        } catch (thrown) {
          planned.said = [`It would fail: ${toAncileError(thrown).message}`];
        }
        return 'done';
      },
      decided(id, step, said) {
        run.steps.push({ ...toStepRun(id, step, 'condition', now()), state: 'planned', said: [said] });
      },
    });
    return run;
  }

  async function begin(request: RunRequest, actor: string): Promise<PlaybookRun> {
    const read = find(request.playbook);
    if (read.playbook.revoked === true)
      throw new AncileError('conflict', 'the playbook is revoked', { at: 'playbook' });
    const incident = await parts.getIncident(request.incident);
    const { variables, notes } = toVariables(
      read.playbook,
      request.about === undefined ? incident : { ...incident, involved: [request.about] },
      request.variables,
    );
    const fresh: PlaybookRun = {
      run: newId('run', clock()),
      playbook: read.summary.playbook,
      name: read.playbook.name,
      digest: read.summary.digest,
      incident: incident.id,
      state: 'planned',
      actor,
      started: now(),
      changed: now(),
      variables: { ...variables },
      steps: [],
      notes: [...notes],
    };
    if (request.dryRun) return plan(fresh, read);
    const known = await rows.list({ incident: incident.id });
    const same = known.find(
      (each) =>
        each.playbook === fresh.playbook && each.digest === fresh.digest && sameTexts(each.variables, variables),
    );
    if (same !== undefined && !(request.again && same.state !== 'running')) {
      return OVER.includes(same.state) ? same : go(same, read, same.state === 'failed');
    }
    await quietly(() =>
      parts.record(incident.id, `${fresh.name}: begun by ${actor} as ${fresh.run}`, `playbook:${fresh.playbook}`),
    );
    return go(fresh, read, false);
  }

  /** The playbook of a run, as it was when the run began. */
  function readOf(run: PlaybookRun): ReadPlaybook {
    const read = find(run.playbook);
    if (read.summary.digest === run.digest) return read;
    throw new AncileError('conflict', 'the playbook has changed since this run began', {
      at: 'playbook',
      hint: 'Put the earlier one back, or begin anew with --again.',
    });
  }

  return {
    list: () => parts.playbooks().map(({ summary }) => summary),
    runs: (incident) => rows.list({ incident }),
    run: (request, actor) => inTurn(request.incident, () => begin(request, actor)),
    async answer(id, { verdict, step, note }, person) {
      const known = await rows.get(id);
      if (known === undefined) throw new AncileError('not_found', 'there is no such run', { at: 'run' });
      return inTurn(known.incident, async () => {
        const run = (await rows.get(id)) ?? known;
        const waiting = run.steps.find(
          (each) => each.state === 'waiting' && (step === undefined || each.step === step),
        );
        if (waiting === undefined) throw new AncileError('conflict', 'nothing of it waits for a person', { at: 'run' });
        const read = readOf(run);
        waiting.state = verdict === 'approve' ? 'done' : 'refused';
        waiting.by = person;
        waiting.time = now();
        const word = `${verdict === 'approve' ? 'yes' : 'no'} by ${person}${note === undefined ? '' : `: ${note}`}`;
        waiting.said = [...waiting.said, word];
        // What a person said is on record before anything is done by it.
        await parts.record(run.incident, `${run.name}: ${waiting.name}: ${word}`, person);
        await rows.put(run);
        return go(run, read, false);
      });
    },
    async recall() {
      for (const run of await rows.list({ state: 'running' })) {
        await quietly(() => inTurn(run.incident, () => go(run, readOf(run), false)));
      }
    },
  };
}

/** What came of an operation, as sentences. */
function tellOf(operation: PlaybookOperation, answer: unknown): string[] {
  const value = answer as Readonly<Record<string, unknown>>;
  if (operation === 'keepEvidence') return [`kept ${String(value['file'])}, SHA-256 ${String(value['sha256'])}`];
  if (operation === 'updateIncident') return [`the incident is ${String(value['state'])}`];
  return [];
}
