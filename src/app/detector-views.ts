// Detectors and rules as they are shown, and which names of rules there are.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { LoadedConfig } from '../config/index.ts';
import { DETECTOR_IDS, type DetectorId, type DetectorView, type RuleView } from '../contract/index.ts';
import { parseRules } from '../detect/index.ts';
import { MISUSE_RULES, SECOND_RULES } from '../guard/index.ts';
import { SHIPPED_ATTACK_RULES, readShippedRules } from './content.ts';
import { createDetectors, shippedSecretRules } from './detectors.ts';

const SHIPPED = 'shipped';

const DESCRIPTIONS: Readonly<Record<DetectorId, string>> = {
  attack:
    'Prompt injection, jailbreaks and hidden text, also in encodings and disguises: rules that are data, and a trained model.',
  pii: 'Personal data: cards, accounts, identity numbers with their check digits, addresses, dates of birth.',
  names: 'Names of people and places, postal addresses and companies: noted, and acted on where a policy asks for it.',
  secrets: 'Credentials by their form, by rules that are data.',
  leak: 'System prompts and planted canaries that come out in an answer.',
  link: 'Links and images in an answer that carry data away.',
  active_content: 'Scripts, formulas and terminal sequences in an answer that would act where it is shown.',
  schema: 'Answers that are not of the JSON schema that the request asked for.',
  grounding: 'Answers whose numbers and words the documents of the request do not bear out.',
  answer_shape: 'Refusals, and error messages, loops and broken-off texts in place of an answer.',
};

/** Rules that are code, by the detector: there is no file to read them from. */
export const CODE_RULES: Readonly<Record<DetectorId, readonly string[]>> = {
  attack: [
    ...['disguised_attack', 'encoded_attack', 'hidden_text', 'not_fully_decoded'].map((name) => `obfuscation.${name}`),
    ...['injection', 'extraction', 'exfiltration', 'jailbreak', 'harmful'].map((kind) => `${kind}.learned`),
  ],
  pii: [
    ...['au_tfn', 'birth_date', 'br_cnpj', 'br_cpf', 'ca_sin', 'card', 'cn_resident_id', 'de_tax_id', 'driver_license'],
    ...['email', 'es_dni', 'es_nie', 'fi_hetu', 'fr_nir', 'iban', 'in_aadhaar', 'in_pan', 'ip', 'it_fiscal_code'],
    ...['jp_my_number', 'kr_rrn', 'nl_bsn', 'passport', 'phone', 'pl_pesel', 'se_personnummer', 'sg_nric', 'uk_nhs'],
    ...['uk_nino', 'us_itin', 'us_ssn'],
  ].map((name) => `pii.${name}`),
  names: ['address', 'organization', 'person', 'place'].map((name) => `pii.${name}`),
  secrets: [],
  leak: ['prompt_leak.canary', 'prompt_leak.words'],
  link: ['auto_load', 'link', 'definition', 'text'].map((name) => `exfiltration.${name}`),
  active_content: [
    ...['data_url', 'embed_tag', 'event_handler', 'form_tag', 'markdown_script', 'meta_refresh', 'script_tag'],
    ...['script_url', 'spreadsheet_command', 'spreadsheet_formula', 'terminal_control', 'terminal_dcs', 'terminal_osc'],
    'terminal_style',
  ].map((name) => `active_content.${name}`),
  schema: ['schema.mismatch', 'schema.not_json', 'schema.too_deep', 'schema.too_large'],
  grounding: ['date', 'name', 'not_compared', 'number', 'sentence'].map((name) => `ungrounded.${name}`),
  answer_shape: [
    ...['refusal.declared', 'refusal.words'],
    ...['blank', 'cut_off', 'declared', 'empty', 'html', 'loop', 'message', 'object', 'trace'].map(
      (name) => `model_error.${name}`,
    ),
  ],
};

type RuleData = Omit<RuleView, 'disabled'>;

function attackRules({ config, dir }: LoadedConfig): RuleData[] {
  const files = [
    ...SHIPPED_ATTACK_RULES.map((name) => ({ ...readShippedRules(name), source: SHIPPED })),
    ...config.detect.rules.map((file) => ({ text: readFileSync(resolve(dir, file), 'utf8'), file, source: file })),
  ];
  return files.flatMap(({ text, file, source }) =>
    parseRules(text, file).map(({ id, class: name, severity, score, message, techniques, channels }) => ({
      ...{ id, class: name, severity, score, message, techniques: [...techniques], source },
      ...(channels === undefined ? {} : { channels }),
    })),
  );
}

function secretRules(): RuleData[] {
  return shippedSecretRules().rules.map(({ id, severity, score, message, techniques }) => ({
    ...{ id, class: 'secret' as const, severity, score, message, techniques: [...techniques], source: SHIPPED },
  }));
}

/**
 * Every detector there is, the switched-off ones too, with the rules of it that are data.
 * @throws AncileError `rules_invalid`
 */
export function viewDetectors(loaded: LoadedConfig): DetectorView[] {
  const { detect } = loaded.config;
  const data: Partial<Record<DetectorId, RuleData[]>> = { attack: attackRules(loaded), secrets: secretRules() };
  return DETECTOR_IDS.map((id) => {
    const alone = { ...loaded, config: { ...loaded.config, detect: { ...detect, detectors: [id] } } };
    const made = createDetectors(alone);
    const reach = Math.max(...made.map((detector) => detector.reach));
    return {
      id,
      version: made.map((detector) => detector.version.split(' ', 1)[0]).join(' '),
      enabled: detect.detectors.includes(id),
      classes: [...new Set(made.flatMap((detector) => detector.classes))],
      reach: Number.isFinite(reach) ? reach : null,
      description: DESCRIPTIONS[id],
      rules: (data[id] ?? []).map((rule) => ({ ...rule, disabled: detect.disabled.includes(rule.id) })),
    };
  });
}

/** Names under `detect.disabled` that no rule has: each is a rule that goes on firing. */
export function unknownDisabledRules(loaded: LoadedConfig): string[] {
  const { disabled } = loaded.config.detect;
  if (disabled.length === 0) return [];
  const known = new Set([
    ...Object.values(CODE_RULES).flat(),
    ...MISUSE_RULES,
    ...SECOND_RULES,
    ...[...attackRules(loaded), ...secretRules()].map((rule) => rule.id),
  ]);
  return disabled.filter((id) => !known.has(id));
}
