// The frame around every page of somebody signed in: navigation at the side, or behind a button on a phone.
import { UnstyledButton, VisuallyHidden } from '@mantine/core';
import { useDisclosure, useMediaQuery } from '@mantine/hooks';
import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { type ReactNode, Suspense, lazy, useEffect } from 'react';
import { useApi } from '../api/query.ts';
import type { Session } from '../contract.ts';
import { Icon } from '../parts/icon.tsx';
import { Shield } from '../parts/shield.tsx';
import { AccountMenu } from './account-menu.tsx';
import classes from './frame.module.css';
import { PLACES, type Place } from './places.ts';
import { useShortcuts } from './shortcuts.ts';

/** How often the number of pending approvals is asked, milliseconds. */
const PENDING_MS = 10_000;

// Loaded when they are asked for: dialogs are a good part of what a first page would else wait for.
const Help = lazy(async () => ({ default: (await import('./help.tsx')).Help }));
const PhoneMenu = lazy(async () => ({ default: (await import('./phone-menu.tsx')).PhoneMenu }));

interface NavigationProps {
  readonly session: Session;
  readonly pending: number;
  readonly onChosen: () => void;
}

function mayVisit(session: Session, { needs }: Place): boolean {
  return needs === 'session' || session.permissions.includes(needs);
}

function Navigation({ session, pending, onChosen }: NavigationProps): ReactNode {
  return (
    <nav aria-label="Pages" className={classes.navigation}>
      {PLACES.map((group) => {
        const places = group.places.filter((place) => mayVisit(session, place));
        if (places.length === 0) return null;
        return (
          <div key={group.label} className={classes.group}>
            <div className={classes.groupLabel}>{group.label}</div>
            {places.map((place) => (
              <Link
                key={place.to}
                to={place.to}
                className={classes.place}
                activeOptions={{ exact: place.to === '/', includeSearch: false }}
                activeProps={{ 'aria-current': 'page' }}
                onClick={onChosen}
              >
                <Icon name={place.icon} size={17} />
                <span>{place.label}</span>
                {place.to === '/approvals' && pending > 0 && (
                  <span className={classes.count}>
                    {pending}
                    <VisuallyHidden> waiting</VisuallyHidden>
                  </span>
                )}
              </Link>
            ))}
          </div>
        );
      })}
    </nav>
  );
}

export function Frame({ session }: { readonly session: Session }): ReactNode {
  const [help, { open: openHelp, close: closeHelp }] = useDisclosure();
  const [menu, { open: openMenu, close: closeMenu }] = useDisclosure();
  const narrow = useMediaQuery('(max-width: 56em)', undefined, { getInitialValueInEffect: false });
  const navigate = useNavigate();
  const path = useLocation({ select: (location) => location.pathname });
  const { data: status } = useApi('getStatus', {}, { every: PENDING_MS });
  const pending = status?.pendingApprovals ?? 0;
  const visible = PLACES.flatMap((group) => group.places).filter((place) => mayVisit(session, place));

  useShortcuts({
    go: (letter) => {
      const place = visible.find((each) => each.key === letter);
      if (place !== undefined) void navigate({ to: place.to });
      return place !== undefined;
    },
    help: openHelp,
  });

  // A new page begins at its top, for the eye and for the keyboard.
  useEffect(() => {
    document.getElementById('main')?.scrollTo(0, 0);
    window.scrollTo(0, 0);
  }, [path]);

  const navigation = <Navigation session={session} pending={pending} onChosen={closeMenu} />;
  return (
    <div className={classes.frame}>
      <a className={classes.skip} href="#main" onClick={(event) => skipToMain(event.nativeEvent)}>
        Skip to the page
      </a>
      {narrow ? (
        <header className={classes.bar}>
          <UnstyledButton className={classes.barButton} onClick={openMenu} aria-label="Pages" aria-expanded={menu}>
            <Icon name="menu" size={22} />
          </UnstyledButton>
          <Link to="/" className={classes.brand}>
            <Shield size={22} />
            <span>Ancile</span>
          </Link>
          <Link to="/approvals" className={classes.barButton} aria-label={`Approvals, ${pending} waiting`}>
            <Icon name="approvals" size={22} />
            {pending > 0 && <span className={classes.dot}>{pending}</span>}
          </Link>
          {menu && (
            <Suspense>
              <PhoneMenu onClose={closeMenu}>
                {navigation}
                <AccountMenu session={session} onHelp={openHelp} onChosen={closeMenu} />
              </PhoneMenu>
            </Suspense>
          )}
        </header>
      ) : (
        <aside className={classes.side} aria-label="Navigation">
          <Link to="/" className={classes.brand}>
            <Shield size={24} />
            <span>Ancile</span>
          </Link>
          {navigation}
          <AccountMenu session={session} onHelp={openHelp} onChosen={closeMenu} />
        </aside>
      )}
      <main id="main" tabIndex={-1} className={classes.main}>
        <Outlet />
      </main>
      {help && (
        <Suspense>
          <Help onClose={closeHelp} places={visible} />
        </Suspense>
      )}
    </div>
  );
}

/** The address's fragment is the route: the link must not change it. */
function skipToMain(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
