// A browser at the console of a server under test. What the page complains of (a script's fault, a breach of its content
// policy) is kept, for a test to find none.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { type Browser, type BrowserContext, type Page, chromium } from 'playwright-core';
import type { TestContext } from 'vitest';
import { atEnd } from '../harness/cleanup.ts';
import { PASSWORD } from '../harness/people.ts';
import type { TestServer } from '../harness/server.ts';
import { requireOrSkip } from '../skips.ts';

const CHROMIUM = process.env['ANCILE_CHROMIUM'] ?? '/usr/bin/chromium';
const CONSOLE = resolve(import.meta.dirname, '../../dist/console/index.html');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A browser starts within this on a machine that has other work, milliseconds. */
export const SLOW = 120_000;

export const PHONE = { width: 390, height: 844 };
export const DESKTOP = { width: 1440, height: 900 };

export interface Visit {
  readonly page: Page;
  /** What the page complained of so far. */
  readonly complaints: string[];
  /** Goes to a route of the console. */
  goTo(route: string): Promise<void>;
  /** What axe finds wrong with the page as it is. */
  check(): Promise<string[]>;
}

interface VisitOptions {
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: 'light' | 'dark';
}

let browser: Promise<Browser> | undefined;

/** Skips the test where there is no browser, or no console for it. */
export function requireBrowser(context: TestContext): void {
  requireOrSkip(context, existsSync(CHROMIUM), `no Chromium at ${CHROMIUM} (ANCILE_CHROMIUM names another)`);
  requireOrSkip(context, existsSync(CONSOLE), 'the console is not built: npm run build:console');
}

function launch(): Promise<Browser> {
  if (browser === undefined) {
    browser = chromium.launch({ executablePath: CHROMIUM, args: FLAGS, timeout: SLOW });
    atEnd(async () => {
      const ended = browser;
      // The next file may share this module, and wants one that is open.
      browser = undefined;
      await (await ended)?.close();
    });
  }
  return browser;
}

function listen(page: Page, complaints: string[]): void {
  page.on('pageerror', (error) => complaints.push(`fault: ${error.message}`));
  page.on('console', (message) => {
    // The browser notes every answer that is not 200, also where that is what was asked for: a wrong password.
    if (message.text().startsWith('Failed to load resource')) return;
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
}

/** Opens the console in a window and a session of its own. */
export async function visit({ address }: TestServer, options: VisitOptions = {}): Promise<Visit> {
  const { viewport = DESKTOP, colorScheme = 'light' } = options;
  const context: BrowserContext = await (await launch()).newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
  atEnd(() => context.close());
  context.setDefaultTimeout(SLOW / 4);
  await context.addInitScript(`addEventListener('securitypolicyviolation', (event) =>
    console.error('content policy: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample))`);
  const page = await context.newPage();
  const complaints: string[] = [];
  listen(page, complaints);
  return {
    page,
    complaints,
    goTo: async (route) => void (await page.goto(`${address}/console/#${route}`)),
    async check() {
      await page.evaluate(AXE);
      return page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
        violations.map(({ id, nodes }) => id + ': ' + nodes.map((node) => node.target.join(' ')).join(', ')))`);
    },
  };
}

/** Opens the console and signs in by its form. */
export async function visitAs(server: TestServer, name: string, options: VisitOptions = {}): Promise<Visit> {
  const visited = await visit(server, options);
  const { page } = visited;
  await visited.goTo('/me');
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password', { exact: false }).first().fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Your account' }).waitFor();
  return visited;
}
