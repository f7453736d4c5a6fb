// A page's head, and the panels that it is made of.
import { type ReactNode, useEffect, useId } from 'react';
import classes from './page.module.css';

interface PageProps {
  readonly title: ReactNode;
  /** For the window's title, where `title` is no string. */
  readonly name?: string;
  readonly lead?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function Page({ title, name, lead, actions, children }: PageProps): ReactNode {
  const windowTitle = name ?? (typeof title === 'string' ? title : 'Console');
  useEffect(() => {
    document.title = `${windowTitle} · Ancile`;
  }, [windowTitle]);
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <div className={classes.titles}>
          <h1 className={classes.title}>{title}</h1>
          {lead !== undefined && <p className={classes.lead}>{lead}</p>}
        </div>
        {actions !== undefined && <div className={classes.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

interface PanelProps {
  readonly title?: ReactNode;
  readonly aside?: ReactNode;
  /** Whether what is in it reaches the panel's edges: a table. */
  readonly flush?: boolean;
  readonly children: ReactNode;
}

export function Panel({ title, aside, flush = false, children }: PanelProps): ReactNode {
  const id = useId();
  return (
    <section className={classes.panel} aria-labelledby={title === undefined ? undefined : id}>
      {title !== undefined && (
        <div className={classes.panelHead}>
          <h2 id={id} className={classes.panelTitle}>
            {title}
          </h2>
          {aside !== undefined && <div className={classes.aside}>{aside}</div>}
        </div>
      )}
      <div className={flush ? classes.flush : classes.body}>{children}</div>
    </section>
  );
}
