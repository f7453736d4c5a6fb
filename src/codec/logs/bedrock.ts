// A line of the model invocation logging of Amazon Bedrock.
import { z } from 'zod';
import type { LogReader } from './line.ts';
import { TextGatherer } from './texts.ts';
import { LogCount, LogTime, isHere } from './values.ts';

const Line = z.looseObject({
  schemaType: z.literal('ModelInvocationLog'),
  schemaVersion: z.string().regex(/^1\./, 'expected version 1'),
  timestamp: LogTime,
  accountId: z.string().min(1),
  identity: z.looseObject({ arn: z.string().optional() }).optional(),
  region: z.string().optional(),
  requestId: z.string().min(1),
  operation: z.string(),
  modelId: z.string(),
  errorCode: z.string().nullish(),
  input: z
    .looseObject({
      inputBodyJson: z.unknown().optional(),
      inputBodyS3Path: z.string().nullish(),
      inputTokenCount: LogCount.nullish(),
    })
    .nullish(),
  output: z
    .looseObject({
      outputBodyJson: z.unknown().optional(),
      outputBodyS3Path: z.string().nullish(),
      outputTokenCount: LogCount.nullish(),
    })
    .nullish(),
});

export const readBedrock: LogReader = (value) => {
  const line = Line.parse(value);
  const { input, output } = line;
  const texts = new TextGatherer();
  texts.input(input?.inputBodyJson, '/input/inputBodyJson').output(output?.outputBodyJson, '/output/outputBodyJson');
  const hasBody = isHere(input?.inputBodyJson) || isHere(output?.outputBodyJson);
  const isElsewhere = isHere(input?.inputBodyS3Path) || isHere(output?.outputBodyS3Path);
  if (isElsewhere) texts.unread.add('elsewhere');
  else if (!hasBody) texts.unread.add('absent');
  return {
    service: 'bedrock',
    account: line.accountId,
    event: line.requestId,
    happened: line.timestamp,
    principal: line.identity?.arn,
    model: line.modelId,
    operation: line.operation,
    region: line.region,
    error: line.errorCode ?? undefined,
    inputTokens: input?.inputTokenCount ?? undefined,
    outputTokens: output?.outputTokenCount ?? undefined,
    texts: texts.texts,
    unread: [...texts.unread],
  };
};
