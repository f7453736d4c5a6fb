// Lines of clouds' logs, as their services write them, with a text in them.
const TIME = '2026-11-01T10:00:00Z';

export const bedrock = (id: string, text: string, time = TIME) => ({
  schemaType: 'ModelInvocationLog',
  schemaVersion: '1.0',
  timestamp: time,
  accountId: '123456789012',
  identity: { arn: 'arn:aws:iam::123456789012:user/ann' },
  region: 'eu-central-1',
  requestId: id,
  operation: 'InvokeModel',
  modelId: 'anthropic.claude-3-haiku-20240307-v1:0',
  input: {
    inputContentType: 'application/json',
    inputBodyJson: {
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 100,
      system: 'Be brief.',
      messages: [{ role: 'user', content: [{ type: 'text', text }] }],
    },
    inputTokenCount: 11,
  },
  output: {
    outputContentType: 'application/json',
    outputBodyJson: { type: 'message', role: 'assistant', content: [{ type: 'text', text: 'Good day.' }] },
    outputTokenCount: 7,
  },
});

export const converse = (id: string, text: string, result: string) => ({
  ...bedrock(id, ''),
  operation: 'Converse',
  input: {
    inputBodyJson: {
      messages: [
        {
          role: 'user',
          content: [
            { text },
            { image: { format: 'png', source: { bytes: 'A'.repeat(400) } } },
            { toolResult: { toolUseId: 't1', content: [{ text: result }] } },
          ],
        },
      ],
    },
    inputTokenCount: 20,
  },
  output: {
    outputBodyJson: {
      output: { message: { role: 'assistant', content: [{ text: 'Done.' }] } },
      stopReason: 'end_turn',
    },
    outputTokenCount: 3,
  },
});

const RESOURCE = '/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.COGNITIVESERVICES/ACCOUNTS/MY-OPENAI';

export const azure = (id: string) => ({
  time: TIME,
  resourceId: RESOURCE,
  category: 'RequestResponse',
  operationName: 'ChatCompletions_Create',
  durationMs: 512,
  resultSignature: '200',
  callerIPAddress: '198.51.100.***',
  correlationId: id,
  location: 'swedencentral',
  properties: JSON.stringify({
    modelDeploymentName: 'chat',
    modelName: 'gpt-4o',
    streamType: 'Non-Streaming',
    objectId: 'object-1',
  }),
});

export const apim = (id: string, sequence: number, text: string) => ({
  TimeGenerated: TIME,
  Type: 'ApiManagementGatewayLlmLog',
  _ResourceId: '/subscriptions/s/providers/Microsoft.ApiManagement/service/my-apim',
  CorrelationId: id,
  SequenceNumber: sequence,
  ModelName: 'gpt-4o',
  PromptTokens: 4,
  CompletionTokens: 2,
  RequestMessages: JSON.stringify([{ role: 'user', content: text }]),
  ResponseMessages: JSON.stringify([{ role: 'assistant', content: 'Good day.' }]),
});

export const vertex = (id: string, text: string) => ({
  endpoint: 'projects/my-project/locations/europe-west4/publishers/google/models/gemini-2.5-flash',
  deployed_model_id: null,
  logging_time: '2026-11-01 10:00:00.123456 UTC',
  request_id: id,
  model: 'gemini-2.5-flash',
  model_version: '001',
  api_method: 'generateContent',
  full_request: JSON.stringify({ contents: [{ role: 'user', parts: [{ text }] }] }),
  full_response: JSON.stringify({
    candidates: [{ content: { role: 'model', parts: [{ text: 'Good day.' }] } }],
    usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 4 },
  }),
});
