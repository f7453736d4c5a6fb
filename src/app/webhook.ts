// The approval webhook of a configuration.
import { type ApprovalWebhook, createApprovalWebhook } from '../access/index.ts';
import { type LoadedConfig, readSecret } from '../config/index.ts';

export interface Webhook {
  readonly teller: ApprovalWebhook;
  /** Signs both ways. */
  readonly secret: string;
}

/** @throws AncileError `config_invalid` */
export function openWebhook({ config, dir }: LoadedConfig, onFault: (fault: unknown) => void): Webhook | undefined {
  const { webhook } = config.approvals;
  if (webhook === undefined) return undefined;
  const secret = readSecret(webhook.secret, 'approvals.webhook.secret', dir);
  return { secret, teller: createApprovalWebhook({ url: webhook.url, secret, onFault }) };
}
