// What was ruled on the tool calls of an exchange, argument by argument: where each value came from, and what spoke against it.
import type { ReactNode } from 'react';
import type { ToolRuling } from '../../contract.ts';
import { ACTION_ICONS, ACTION_WORDS } from '../../parts/action.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import classes from './exchange.module.css';
import { Step } from './step.tsx';

const ORIGIN_WORDS = {
  user: 'the user',
  trusted: 'a trusted value',
  identifier: 'an identifier that another wrote',
  untrusted: 'untrusted content, or the model',
} as const;

export function ToolRulings({ calls }: { readonly calls: readonly ToolRuling[] | undefined }): ReactNode {
  return calls?.map((call, index) => (
    <Step
      key={index}
      icon={ACTION_ICONS[call.action]}
      action={call.action}
      title={
        <>
          Call of <OutsideText text={call.tool} />: {ACTION_WORDS[call.action].toLowerCase()}
        </>
      }
    >
      <p>
        A {call.effect}, ruled on in the mode {call.mode.replaceAll('_', ' ')};{' '}
        {call.untrusted ? 'untrusted content had come in' : 'nothing untrusted had come in'}
        {call.private ? ', and private data' : ''}.
      </p>
      {call.reasons.length > 0 && (
        <ul>
          {call.reasons.map((reason) => (
            <li key={reason}>
              <OutsideText text={reason} />
            </li>
          ))}
        </ul>
      )}
      {Object.keys(call.arguments).length > 0 && (
        <div className={classes.origins}>
          <table>
            <thead>
              <tr>
                <th scope="col">Argument</th>
                <th scope="col">Comes from</th>
                <th scope="col">Found in</th>
              </tr>
            </thead>
            <tbody>
              {Object.entries(call.arguments).map(([name, { origin, grounded, source }]) => (
                <tr key={name}>
                  <th scope="row">
                    <OutsideText text={name} />
                  </th>
                  <td>
                    {ORIGIN_WORDS[origin]}
                    {grounded === false ? ' (not grounded)' : ''}
                  </td>
                  <td>{source === undefined ? '' : <OutsideText text={source} />}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p>{call.policies.map(({ id, reason }) => `${id}: ${reason}`).join('; ')}</p>
    </Step>
  ));
}
