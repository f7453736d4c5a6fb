// What stands where there is nothing to show: not yet, nothing at all, or a failure. Each says what to do next.
import { Button, Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import { type Failure, isPassing } from '../api/failure.ts';
import { Icon, type IconName } from './icon.tsx';
import { OutsideText } from './outside-text.tsx';
import classes from './states.module.css';

interface EmptyProps {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ReactNode;
}

/** Nothing is there, and what to do about it. */
export function Empty({ icon, title, children }: EmptyProps): ReactNode {
  return (
    <div className={classes.empty}>
      <span className={classes.emptyIcon}>
        <Icon name={icon} size={22} />
      </span>
      <p className={classes.emptyTitle}>{title}</p>
      {children !== undefined && <div className={classes.emptyText}>{children}</div>}
    </div>
  );
}

interface FailureNoteProps {
  readonly failure: Failure;
  readonly onRetry?: () => void;
}

export function FailureNote({ failure, onRetry }: FailureNoteProps): ReactNode {
  return (
    <div className={classes.failure} role="alert">
      <Icon name="warn" size={18} />
      <div>
        <p className={classes.failureTitle}>
          <OutsideText text={failure.message} />
        </p>
        {failure.hint !== undefined && (
          <p>
            <OutsideText text={failure.hint} />
          </p>
        )}
        <p className={classes.code}>
          {failure.code}
          {failure.at !== undefined && (
            <>
              {' at '}
              <OutsideText text={failure.at} />
            </>
          )}
        </p>
        {onRetry !== undefined && (
          <Button size="xs" variant="default" onClick={onRetry}>
            {isPassing(failure) ? 'Try again' : 'Ask again'}
          </Button>
        )}
      </div>
    </div>
  );
}

/** Lines of the height of what is being fetched. */
export function Loading({ lines = 6, height = 18 }: { readonly lines?: number; readonly height?: number }): ReactNode {
  return (
    <div className={classes.loading} role="status">
      <span className="sr">Loading</span>
      {Array.from({ length: lines }, (_, i) => (
        <Skeleton key={i} height={height} width={`${96 - ((i * 17) % 30)}%`} radius="sm" />
      ))}
    </div>
  );
}

interface AnsweredProps<T> {
  readonly query: {
    readonly data: T | undefined;
    readonly error: Failure | null;
    readonly refetch: () => unknown;
  };
  readonly loading?: ReactNode;
  readonly children: (data: T) => ReactNode;
}

/** What a read operation answered, or why it is not there. An answer stays while a later question fails. */
export function Answered<T>({ query, loading, children }: AnsweredProps<T>): ReactNode {
  if (query.data !== undefined) return children(query.data);
  if (query.error !== null) return <FailureNote failure={query.error} onRetry={() => void query.refetch()} />;
  return loading ?? <Loading />;
}
