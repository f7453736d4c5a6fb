// Playbooks that begin by themselves: an incident of a rule, or of a severity, starts one, as a dry run on its record unless
// `auto` says otherwise. Its steps ask persons as ever, and how often it may begin is bounded: whoever can trip a rule must not
// be able to contain the whole installation.
import { type Clock, systemClock, toAncileError } from '../../base/index.ts';
import {
  type Incident,
  type IncidentEvent,
  type Involved,
  type PlaybookRun,
  type PlaybookStart,
  isAtLeast,
} from '../../contract/index.ts';
import type { Met } from '../incident-book.ts';
import type { RunRequest } from './desk.ts';

/** Incidents remembered: what was begun for one is not begun for it again. */
const MOST_KNOWN = 5000;
/** Events at which an incident may have come to fit. */
const EVENTS: readonly IncidentEvent[] = ['opened', 'joined', 'severity'];

export interface StarterParts {
  /** Of the configuration in force. */
  readonly starts: () => readonly PlaybookStart[];
  readonly run: (request: RunRequest, actor: string) => Promise<PlaybookRun>;
  /** Puts a sentence on the record of an incident. */
  readonly note: (incident: string, text: string, actor: string) => Promise<unknown>;
  readonly clock?: Clock;
  readonly onFault: (fault: unknown) => void;
}

export interface Starter {
  /** @param met - the detection that the event is of */
  hear(incident: Incident, event: IncidentEvent, met?: Met): void;
  /** Resolves when nothing is being begun. */
  idle(): Promise<void>;
}

function fits({ rule, severity }: PlaybookStart, incident: Incident, met: Met | undefined): boolean {
  // Whoever else is in the incident has not met the rule by that.
  if (rule !== undefined && !(met === undefined ? Object.hasOwn(incident.rules, rule) : met.rule === rule))
    return false;
  return severity === undefined || isAtLeast(incident.severity, severity);
}

/** What a dry run would have done, as one line. */
function planOf({ steps, notes }: PlaybookRun): string {
  const planned = steps.flatMap(({ name, said }) => [`${name}${said.length === 0 ? '' : `: ${said.join('; ')}`}`]);
  return [...planned, ...notes].join(' | ');
}

export function createStarter({ starts, run, note, clock = systemClock, onFault }: StarterParts): Starter {
  const known = new Set<string>();
  const begun = new Map<string, number[]>();
  const underWay = new Set<Promise<void>>();

  /** Whether it may begin now; counts it where it may. */
  function mayBegin({ playbook, atMost, per }: PlaybookStart): boolean {
    const recent = (begun.get(playbook) ?? []).filter((time) => time > clock() - per);
    const may = recent.length < atMost;
    begun.set(playbook, may ? [...recent, clock()] : recent);
    return may;
  }

  async function begin(start: PlaybookStart, incident: Incident, about: Involved | undefined): Promise<void> {
    const { playbook, auto, rule, severity, atMost } = start;
    const actor = rule === undefined ? `severity:${severity}` : `rule:${rule}`;
    const say = (text: string): Promise<unknown> => note(incident.id, `${playbook}: ${text}`, actor);
    if (!mayBegin(start)) {
      await say(`not begun by itself: it was begun ${atMost} times of late. Run it by hand`);
      return;
    }
    const request = { incident: incident.id, playbook, variables: {}, dryRun: !auto, again: false, about };
    try {
      const result = await run(request, actor);
      if (!auto) await say(`would do: ${planOf(result)}`);
    } catch (thrown) {
      await say(`could not begin by itself: ${toAncileError(thrown).message}`);
    }
  }

  return {
    hear(incident, event, met) {
      if (!EVENTS.includes(event) || incident.state === 'closed') return;
      for (const start of starts()) {
        const whom = start.rule === undefined ? '' : (met?.involved.principal ?? '');
        const mark = `${start.playbook}\0${String(start.auto)}\0${incident.id}\0${whom}`;
        if (!fits(start, incident, met) || known.has(mark)) continue;
        known.add(mark);
        if (known.size > MOST_KNOWN) known.delete(known.values().next().value!);
        const done = begin(start, incident, met?.involved).catch(onFault);
        underWay.add(done);
        void done.then(() => underWay.delete(done));
      }
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
