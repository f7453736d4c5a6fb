// An incident as a STIX 2.1 bundle, for others: techniques, sightings, what was done about it, under a TLP marking. Whom it is
// about is left out unless it is asked for.
import { createHash } from 'node:crypto';
import type { Containment, Incident } from '../contract/index.ts';

export type Tlp = 'white' | 'green' | 'amber' | 'red';

/** The marking definitions that STIX 2.1 gives (TLP 1.0), under their fixed ids. */
const TLP_IDS: Readonly<Record<Tlp, string>> = {
  white: 'marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9',
  green: 'marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da',
  amber: 'marking-definition--f88d31f6-486f-44da-b317-01333bde0b82',
  red: 'marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed',
};

/** Our own namespace for names of the fifth kind of UUID: the same incident gives the same ids. */
const NAMESPACE = '6f1e6c1a-4d0f-5b0e-9d2b-8a4b8f3c7e21';

function toUuid(name: string): string {
  const hash = createHash('sha1')
    .update(Buffer.from(NAMESPACE.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest();
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

const ATLAS = /^AML\.T\d{4}(?:\.\d{3})?$/;

function toReference(technique: string): Record<string, string> {
  if (ATLAS.test(technique)) {
    return {
      source_name: 'mitre-atlas',
      external_id: technique,
      url: `https://atlas.mitre.org/techniques/${technique}`,
    };
  }
  return { source_name: technique.startsWith('LLM') ? 'owasp-llm-top-10' : 'ancile', external_id: technique };
}

export interface StixOptions {
  readonly tlp: Tlp;
  /** Names of principals, tenants, sessions and the like as well. */
  readonly names: boolean;
  /** Id of this node. */
  readonly node: string;
}

export interface StixBundle {
  readonly type: 'bundle';
  readonly id: string;
  readonly objects: readonly Readonly<Record<string, unknown>>[];
}

export function toStix(incident: Incident, containments: readonly Containment[], options: StixOptions): StixBundle {
  const { tlp, names, node } = options;
  const marking = {
    type: 'marking-definition',
    spec_version: '2.1',
    id: TLP_IDS[tlp],
    created: '2017-01-20T00:00:00.000Z',
    definition_type: 'tlp',
    name: `TLP:${tlp.toUpperCase()}`,
    definition: { tlp },
  };
  const me = `identity--${toUuid(node)}`;
  const common = (type: string, name: string, created = incident.opened, modified = incident.changed) => ({
    type,
    spec_version: '2.1',
    id: `${type}--${toUuid(`${incident.id}/${type}/${name}`)}`,
    created_by_ref: me,
    created,
    modified,
    object_marking_refs: [marking.id],
  });
  const identity = {
    ...common('identity', node, incident.opened, incident.opened),
    id: me,
    name: 'An installation of ancile',
    identity_class: 'system',
  };
  const about = incident.involved.map((each) => Object.entries(each).map(([kind, value]) => `${kind} ${value}`).join(', ')); // prettier-ignore
  const words = [
    `Severity ${incident.severity}, ${incident.state}; ${incident.detections} detections.`,
    ...(names && about.length > 0 ? [`About: ${about.join('; ')}.`] : []),
  ];
  const title = names ? incident.title : `Incident: ${Object.keys(incident.rules).join(', ') || 'opened by hand'}`;
  const event = { ...common('incident', incident.id), name: title, description: words.join(' ') };
  const patterns = incident.techniques.map((technique) => ({
    ...common('attack-pattern', technique, incident.opened, incident.opened),
    name: technique,
    external_references: [toReference(technique)],
  }));
  const sightings = patterns.map((pattern) => ({
    ...common('sighting', pattern.id),
    sighting_of_ref: pattern.id,
    where_sighted_refs: [me],
    first_seen: incident.opened,
    last_seen: incident.changed,
    ...(incident.detections > 0 ? { count: incident.detections } : {}),
  }));
  const actions = containments
    .filter(({ effective }) => effective !== undefined)
    .map((each) => ({
      ...common('course-of-action', each.id, each.effective, each.ended ?? each.effective),
      name: each.action,
      description: `${each.action} of ${Object.keys(each.target).join(', ') || 'everything'}, ${each.state}`,
    }));
  const linked = [
    ...patterns.map(({ id }) => ({ from: event.id, to: id, how: 'related-to' })),
    ...actions.flatMap((action) => patterns.map(({ id }) => ({ from: action.id, to: id, how: 'mitigates' }))),
  ].map(({ from, to, how }) => ({
    ...common('relationship', `${from}/${to}`),
    relationship_type: how,
    source_ref: from,
    target_ref: to,
  }));
  const content = [identity, event, ...patterns, ...sightings, ...actions, ...linked];
  const report = {
    ...common('report', incident.id),
    name: title,
    report_types: ['attack-pattern'],
    published: incident.changed,
    object_refs: content.map(({ id }) => id),
  };
  return { type: 'bundle', id: `bundle--${toUuid(`${incident.id}/${incident.changed}/${tlp}/${names}`)}`, objects: [marking, ...content, report] }; // prettier-ignore
}
