// A drill: live practice traffic over every path against a server of its own, a playbook's containment, and what it stopped.
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { AncileError } from '../../base/index.ts';
import type { ApiClient, Containment, DrillReport, PlaybookRun } from '../../contract/index.ts';
import { createAdminClient } from '../../gateway/index.ts';
import { createOutlet } from '../../net/index.ts';
import type { ReadPlaybook } from '../../respond/index.ts';
import { dataDirPath } from '../data-dir.ts';
import { writeStage } from '../demo/index.ts';
import { createLog } from '../log.ts';
import { readPlaybookFile, shippedPlaybooks } from '../playbooks.ts';
import { startServer } from '../server.ts';
import { type Meant, accountFor } from './account.ts';
import { type Lane, Order, type StreamWatch, chatLanes, heldCall, openStream, pump, toolLane } from './lanes.ts';
import { MODELS, POISONED, commitOf } from './practice-hub.ts';
import { ISSUER, RESOURCE, startProps } from './props.ts';
import { type PullWatch, openPull, pullLanes } from './pulls.ts';

/** Calls begun after the containment is in force, over each lane. */
const TRIES = 5;
const WAIT_MS = 60_000;
const TIMEOUT = 60_000;
/** The upstream that practice traffic goes to. */
const OLD = 'practice';
/** The version that is pulled, where the playbook quarantines one. */
const VERSION = `${MODELS}:${POISONED}@${commitOf(POISONED)}`;

const slow = { upstream: 'practice', model: 'practice-slow' };
const echo = { upstream: 'practice', model: 'practice-echo' };

async function until(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + WAIT_MS; !(await look());) {
    if (performance.now() > end) throw new AncileError('internal', `the drill waited in vain for ${what}`);
    await pause(10);
  }
}

interface Scene {
  readonly admin: ApiClient;
  readonly lanes: readonly Lane[];
  readonly order: Order;
  readonly principals: Readonly<Record<'key' | 'token' | 'quiet', string>>;
  readonly stream: () => Promise<StreamWatch>;
  readonly held: () => Promise<boolean>;
  /** Only where the playbook is about a version of a model. */
  readonly pull?: () => Promise<PullWatch>;
}

/** Whether a playbook is about versions of models that are pulled. */
const quarantines = ({ playbook }: ReadPlaybook): boolean =>
  Object.values(playbook.workflow).some(
    (step) =>
      step.type === 'action' &&
      step.commands.some((each) => each.type === 'http-api' && /"action":\s*"quarantine"/.test(each.content ?? '')),
  );

/** What of a playbook's variables the practice traffic is. A version comes from the incident: its name holds no star. */
async function variablesFor({ admin, pull }: Scene, playbook: string): Promise<Record<string, string>> {
  const known = (await admin.listPlaybooks({})).playbooks.find((each) => each.playbook === playbook);
  const values: Record<string, string> = {
    route: 'drilled*',
    upstream: 'practice',
    fallback: 'bystander',
    server: 'drill',
    tool: 'echo',
    ...(pull === undefined ? { model: 'drilled*' } : {}),
  };
  const names = known?.variables.map(({ name }) => name) ?? [];
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
}

/** Runs it for everybody whom the incident is about. */
async function order(scene: Scene, playbook: string, incident: string): Promise<PlaybookRun[]> {
  const { admin, principals } = scene;
  const variables = await variablesFor(scene, playbook);
  const known = (await admin.listPlaybooks({})).playbooks.find((each) => each.playbook === playbook);
  const aims = known?.variables.some(({ name }) => name === 'principal') === true;
  const whom = aims ? [principals.key, principals.token, principals.quiet] : [''];
  const runs = whom.map((principal) => {
    const all = principal === '' ? variables : { ...variables, principal };
    return admin.runPlaybook({ id: incident, playbook, variables: all });
  });
  return Promise.all(runs);
}

/** What is to become of a lane's calls by what is in force. Nothing is sent another way but what a route is asked for. */
function meantFor({ name, whose }: Lane, actions: readonly string[]): Meant {
  if (whose === 'bystander') return { kind: 'spared' };
  if (name.startsWith('pull')) return { kind: 'stopped' };
  if (actions.length > 0 && actions.every((action) => action === 'quarantine')) return { kind: 'spared' };
  if (actions.includes('divert')) return name.startsWith('tool') ? { kind: 'spared' } : { kind: 'diverted', from: OLD };
  return { kind: whose === 'quiet' && actions.includes('hold') && !actions.includes('freeze') ? 'held' : 'stopped' };
}

/** Which upstream each exchange of the judged calls went to, by the ledger's index. */
async function upstreamsOf(
  admin: ApiClient,
  lanes: readonly Lane[],
  inForce: number,
  fence: number,
): Promise<(exchange: string) => string | undefined> {
  const wanted = new Set(
    lanes
      .flatMap(({ calls }) => calls)
      .filter(({ began, ended }) => began > inForce || ended > fence)
      .map(({ exchange }) => exchange)
      .filter((exchange) => exchange !== undefined),
  );
  const found = new Map<string, string>();
  for (let before: number | undefined; wanted.size > 0;) {
    const page = await admin.searchExchanges(before === undefined ? { limit: 200 } : { limit: 200, before });
    for (const { id, upstream } of page.exchanges) if (wanted.delete(id)) found.set(id, upstream);
    before = page.next;
    if (before === undefined) break;
  }
  return (exchange) => found.get(exchange);
}

const sayTarget = ({ action, target }: Containment): string =>
  `${action} ${Object.entries(target).map(([name, value]) => `${name} ${value}`).join(', ') || 'everything'}`; // prettier-ignore

async function play(scene: Scene, playbook: string): Promise<DrillReport> {
  const { admin, lanes, order: ticks, principals } = scene;
  let stopped = false;
  const pumps = lanes.map((lane) => pump(lane, ticks, () => stopped));
  const problems: string[] = [];
  try {
    await until('the first calls', () => lanes.every(({ calls }) => calls.filter(({ passed }) => passed).length >= 2));
    const stream = await scene.stream();
    const pulled = await scene.pull?.();
    let heldPassed: boolean | undefined;
    let heldAt = 0;
    const held = scene.held().catch(() => false);
    void held.then((passed) => {
      heldPassed = passed;
      heldAt = performance.now();
    });
    await until('the held call', async () => (await admin.listApprovals({ state: 'pending' })).approvals.length > 0);
    const incident = await admin.openIncident({
      title: 'A drill',
      involved: {
        principal: principals.key,
        route: 'drilled',
        server: 'drill',
        tool: 'echo',
        ...(pulled === undefined ? {} : { model: VERSION }),
      },
    });

    const from = performance.now();
    const runs = await order(scene, playbook, incident.id);
    const inForce = ticks.next();
    const orderMs = performance.now() - from;
    for (const run of runs) {
      for (const step of run.steps.filter(({ state }) => state === 'failed')) {
        problems.push(`${step.name}: ${step.said.join('; ')}`);
      }
    }
    pulled?.hurry();
    const contained = (await admin.listContainments({ incident: incident.id })).containments;
    const actions = contained.map(({ action }) => action);
    const diverted = actions.includes('divert');
    const cuts = actions.includes('freeze') || actions.includes('revoke');
    await until('calls after the order', () =>
      lanes.every(({ calls }) => calls.filter(({ began }) => began > inForce).length >= TRIES),
    );
    // What was sent before the order has come by now: whole calls went there and back since.
    const fence = ticks.next();
    await until('calls behind it', () => lanes.every(({ calls }) => calls.some(({ began }) => began > fence)));

    // As they are now: calls go on while these are looked up.
    const judged = lanes.map((lane) => ({ ...lane, calls: [...lane.calls] }));
    const upstreamOf = diverted ? await upstreamsOf(admin, judged, inForce, fence) : () => undefined;
    const accounts = judged.map((lane) =>
      accountFor(lane, meantFor(lane, actions), { from, inForce, fence }, upstreamOf),
    );
    problems.push(...accounts.flatMap((each) => each.problems));
    const cut = stream.ended && stream.whole === undefined;
    if (cuts && (!cut || stream.pieces.some((each) => each.order > fence))) problems.push('the stream went on');
    if (cuts && !diverted && heldPassed !== false) problems.push(heldPassed === undefined ? 'the held call still waits' : 'the held call passed'); // prettier-ignore
    if (pulled !== undefined) {
      await until('the pull under way to end', () => pulled.whole !== undefined).catch(() => undefined);
      if (pulled.whole === undefined) problems.push('the pull under way goes on');
      else if (pulled.endedAt < from) problems.push('a pull: not proven: it was over before the order');
      else if (pulled.whole) problems.push('the pull under way came whole');
    }
    const lastPiece = stream.pieces.at(-1)?.at ?? from;

    for (const { id } of contained.filter(({ state }) => state === 'effective')) await admin.liftContainment({ id });
    const lifted = ticks.next();
    await until('all to go on', () =>
      lanes.every(({ calls }) => calls.some(({ began, passed }) => began > lifted && passed)),
    ).catch(() => problems.push('not all went on when it was lifted'));
    return {
      playbook,
      ok: problems.length === 0,
      orderMs: Math.round(orderMs),
      containments: contained.map((each) => ({
        what: sayTarget(each),
        state: each.state,
        ...(each.effectMs === undefined ? {} : { effectMs: each.effectMs }),
      })),
      lanes: accounts.map(({ lane }) => {
        const { calls } = lanes.find(({ name }) => name === lane.name)!;
        return { ...lane, again: calls.some(({ began, passed }) => began > lifted && passed) };
      }),
      underWay: [
        { name: 'a stream', meant: cuts, ended: cut, containMs: Math.max(0, Math.round(lastPiece - from)) },
        {
          name: 'a call that waits for a person',
          meant: cuts && !diverted,
          ended: heldPassed === false,
          containMs: heldPassed === undefined ? 0 : Math.max(0, Math.round(heldAt - from)),
        },
        ...(pulled === undefined
          ? []
          : [
              {
                name: 'a pull',
                meant: true,
                ended: pulled.whole === false,
                containMs: Math.max(0, Math.round(pulled.endedAt - from)),
              },
            ]),
      ],
      problems,
    };
  } finally {
    stopped = true;
    await Promise.allSettled(pumps);
  }
}

/**
 * Runs a playbook's containment against practice traffic, on a server in a temporary folder that is gone afterwards.
 * @param named - a shipped playbook, or the path of a file of one's own (it ends with `.json`)
 * @throws AncileError `not_found` where there is no such playbook
 */
export async function runDrill(named: string): Promise<DrillReport> {
  const own = named.endsWith('.json') ? resolve(named) : undefined;
  const shipped = shippedPlaybooks();
  const read = own === undefined ? shipped.find(({ summary }) => summary.playbook === named) : readPlaybookFile(own);
  if (read === undefined) {
    const hint = shipped.map(({ summary }) => summary.playbook).join(', ');
    throw new AncileError('not_found', 'there is no such playbook', { at: 'playbook', hint });
  }
  const { playbook } = read.summary;
  const props = await startProps();
  const stage = writeStage(0, {
    upstreams: { practice: { kind: 'practice' }, standby: { kind: 'practice' } },
    models: { drilled: echo, 'drilled-slow': slow, bystander: { upstream: 'standby', model: 'practice-echo' } },
    ...(own === undefined ? {} : { incidents: { playbooks: [own] } }),
    approvals: { wait: '4s', expires: '5m' },
    artifacts: { sources: { [MODELS]: { kind: 'huggingface', baseUrl: props.hubUrl } } },
    mcp: {
      resource: RESOURCE,
      servers: { drill: { url: props.toolsUrl, pin: 'first_use' } },
      authorization: { issuer: ISSUER, jwks: props.keysUrl },
    },
  });
  const server = await startServer(stage, createLog('silent')).catch(async (thrown: unknown) => {
    await props.close();
    throw thrown;
  });
  const outlet = createOutlet({ baseUrl: server.address, connections: 32, connectTimeout: TIMEOUT, headersTimeout: TIMEOUT, idleTimeout: TIMEOUT }); // prettier-ignore
  const admin = (await createAdminClient(dataDirPath(stage)))!;
  try {
    const artifacts = [`${MODELS}:*`];
    const drilled = await admin.createKey({ name: 'drilled', kind: 'agent', tools: ['*'], artifacts });
    const quiet = await admin.createKey({ name: 'quiet', artifacts });
    const other = await admin.createKey({ name: 'bystander', artifacts });
    const { token, principal } = await props.token();
    const ticks = new Order();
    const keys = { key: drilled.key, quiet: quiet.key, bystander: other.key };
    const pulls = quarantines(read);
    const lanes = [
      ...chatLanes(outlet, keys),
      toolLane(outlet, 'tool call, key', 'key', drilled.key),
      toolLane(outlet, 'tool call, OAuth token', 'token', token),
      ...(pulls ? pullLanes(outlet, keys) : []),
    ];
    return await play(
      {
        admin,
        lanes,
        order: ticks,
        principals: { key: drilled.info.id, token: principal, quiet: quiet.info.id },
        stream: () => openStream(outlet, drilled.key, ticks),
        held: () => heldCall(outlet, drilled.key),
        ...(pulls ? { pull: () => openPull(outlet, drilled.key) } : {}),
      },
      playbook,
    );
  } finally {
    await admin.close();
    await server.close();
    await outlet.close();
    await props.close();
    rmSync(stage.dir, { recursive: true, force: true });
  }
}
