// Monitoring: the rules and what they did, detections, tries of rules on the past, drift.
import { z } from 'zod';
import { Severity } from '../finding.ts';
import { Detection } from '../incident.ts';
import { DriftReport, MonitorRuleView, MonitorState, MonitorTrial } from '../monitor.ts';
import { defineEndpoint } from './endpoint.ts';

const time = z.iso.datetime();

export const DetectionRow = Detection.extend({ seq: z.int().nonnegative(), time: z.string() });
export type DetectionRow = z.infer<typeof DetectionRow>;

export const monitorApi = {
  getMonitorRules: defineEndpoint({
    method: 'GET',
    path: '/monitor/rules',
    needs: 'traffic.read',
    summary: 'Every monitoring rule with its state and what it did since the start.',
    input: z.strictObject({}),
    answer: z.object({ state: MonitorState, rules: z.array(MonitorRuleView) }),
  }),
  tryMonitorRules: defineEndpoint({
    method: 'POST',
    path: '/monitor/rules/trial',
    needs: 'policies.manage',
    summary: 'What a rule, or the rules of a text, would have said of past records; at most so many, and so much work.',
    input: z.strictObject({
      /** Id of a rule in force. */
      rule: z.string().max(80).optional(),
      /** Rules as a file has them (YAML). */
      text: z.string().max(200_000).optional(),
      from: time.optional(),
      to: time.optional(),
      /** Records gone through at most, the newest. */
      limit: z.int().min(1).max(500_000).optional(),
    }),
    answer: MonitorTrial,
  }),
  getDetections: defineEndpoint({
    method: 'GET',
    path: '/monitor/detections',
    needs: 'traffic.read',
    summary: 'What rules were met by, newest first.',
    input: z.strictObject({
      rule: z.string().max(80).optional(),
      principal: z.string().max(300).optional(),
      severity: Severity.optional(),
      from: time.optional(),
      to: time.optional(),
      limit: z.coerce.number().int().min(1).max(1000).optional(),
      before: z.coerce.number().int().nonnegative().optional(),
    }),
    answer: z.object({
      detections: z.array(DetectionRow),
      /** For `before`: older ones may be there, also where none on this page fits. */
      next: z.int().optional(),
    }),
  }),
  getDrift: defineEndpoint({
    method: 'GET',
    path: '/monitor/drift',
    needs: 'traffic.read',
    summary: 'How far the traffic of each model is from its pinned baseline.',
    input: z.strictObject({}),
    answer: z.object({ models: z.array(DriftReport) }),
  }),
  pinBaseline: defineEndpoint({
    method: 'POST',
    path: '/monitor/baseline',
    needs: 'policies.manage',
    summary: 'Pin what was seen of a model lately as the baseline that its traffic is held against.',
    input: z.strictObject({ model: z.string().min(1).max(600) }),
    answer: z.object({ models: z.array(DriftReport) }),
  }),
  unpinBaseline: defineEndpoint({
    method: 'POST',
    path: '/monitor/baseline/removal',
    needs: 'policies.manage',
    summary: 'Hold the traffic of a model against no baseline any more.',
    input: z.strictObject({ model: z.string().min(1).max(600) }),
    answer: z.object({ models: z.array(DriftReport) }),
  }),
};
