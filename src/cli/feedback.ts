// ancile feedback: what people said of prompt-attack findings, and the labelled examples it makes.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { asAdmin } from '../app/index.ts';
import { loadConfig } from '../config/index.ts';
import { FeedbackVerdict } from '../contract/index.ts';
import { action, withConfig, withJson } from './command.ts';
import { paint, print, printJson, showText, table, tell } from './terminal.ts';

interface Common {
  readonly config?: string;
  readonly json?: boolean;
}

/** Rows that are asked for at a time. */
const PAGE = 200;

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1) throw new InvalidArgumentError('expected a whole number from 1');
  return limit;
}

function defineList(group: Command): void {
  interface Options extends Common {
    readonly verdict: FeedbackVerdict | 'any';
    readonly limit: number;
  }
  withJson(withConfig(group.command('list').description('what was said of findings, newest first, without texts')))
    .addOption(
      new Option('--verdict <verdict>', 'only those').choices([...FeedbackVerdict.options, 'any']).default('any'),
    )
    .option('--limit <n>', 'at most so many, up to 1000', parseLimit, 50)
    .action(
      action(async ({ config, json, verdict, limit }: Options) => {
        const query = { limit, ...(verdict === 'any' ? {} : { verdict }) };
        const { feedback, next } = await asAdmin(loadConfig(config), (admin) => admin.listFeedback(query));
        if (json === true) printJson({ feedback, ...(next === undefined ? {} : { next }) });
        else if (feedback.length === 0)
          print('No feedback yet: it is given in the console, on the page of an exchange.');
        else {
          const rows = feedback.map((each) =>
            [
              each.time,
              each.verdict,
              each.label,
              each.rule ?? '-',
              each.score.toFixed(2),
              each.textKept ? 'kept' : 'no text',
              each.exchange,
              each.actor,
            ].map(showText),
          );
          print(table(['time', 'verdict', 'label', 'rule', 'score', 'text', 'exchange', 'by'], rows));
        }
        return 0;
      }),
    );
}

function defineExport(group: Command): void {
  interface Options extends Common {
    readonly all?: boolean;
  }
  const description = 'labelled examples for calibration, a JSON line each; that they were read is a record';
  withJson(withConfig(group.command('export').description(description)))
    .option('--all', 'those of which no text is kept as well, with "text" null')
    .action(
      action(async ({ config, json, all = false }: Options) => {
        let rows = 0;
        let withoutText = 0;
        await asAdmin(loadConfig(config), async (admin) => {
          let before: string | undefined;
          do {
            const page = await admin.exportFeedback({ all, limit: PAGE, ...(before === undefined ? {} : { before }) });
            for (const row of page.rows) printJson(row);
            rows += page.rows.length;
            withoutText += page.withoutText;
            before = page.next;
          } while (before !== undefined);
        });
        if (json === true) return 0;
        tell(`${paint('green', 'Exported', process.stderr)} ${rows}.`);
        if (withoutText > 0 && !all) {
          tell(
            `Left out ${withoutText} of which no text is kept (evidence capture had none, or its time is up); --all has them.`,
          );
        }
        return 0;
      }),
    );
}

export function defineFeedback(program: Command): void {
  const group = program.command('feedback').description('what people said of prompt-attack findings: list, export');
  defineList(group);
  defineExport(group);
}
