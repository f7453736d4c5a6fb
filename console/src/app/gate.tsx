// What stands before every page: sign-in, where nobody is signed in. The address stays, so that he lands where he went.
import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { toFailure } from '../api/failure.ts';
import { SignInPage } from '../pages/sign-in/sign-in-page.tsx';
import { Page } from '../parts/page.tsx';
import { Empty, FailureNote, Loading } from '../parts/states.tsx';
import { Frame } from './frame.tsx';
import { useSession } from './session.ts';

export function Gate(): ReactNode {
  const { session, pending, failure } = useSession();
  if (session !== undefined) return <Frame session={session} />;
  if (pending) return <Loading lines={3} />;
  return <SignInPage failure={failure} />;
}

export function LoadingPage(): ReactNode {
  return <Loading lines={8} height={22} />;
}

/** A fault of the console's own; the page around it stays usable. */
export function FaultPage({ error, reset }: { readonly error: unknown; readonly reset: () => void }): ReactNode {
  return (
    <Page title="Something went wrong">
      <FailureNote failure={toFailure(error)} onRetry={reset} />
    </Page>
  );
}

export function NotFoundPage(): ReactNode {
  return (
    <main>
      <Page title="No such page">
        <Empty icon="search" title="Nothing is at this address">
          <Button component={Link} to="/" variant="default">
            Go to the overview
          </Button>
        </Empty>
      </Page>
    </main>
  );
}

/** In the place of a page that the roles of whoever is signed in do not reach. */
export function NotYours(): ReactNode {
  return (
    <Empty icon="lock" title="Your roles do not reach this page">
      <p>An administrator can change them under People.</p>
    </Empty>
  );
}
