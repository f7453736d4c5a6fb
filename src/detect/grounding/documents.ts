// What of a request its answer can rest on: documents and tool results, and material that a user's message quotes.
import type { Segment } from '../../contract/index.ts';
import type { Documents } from '../detector.ts';

/** Shorter messages quote nothing that an answer would be held against. */
const QUOTING_LEAST = 300;

/** Signs that a message holds material besides its question: a tag or a heading that says so, or triple quotes. */
const QUOTES =
  /<(?:documents?|context|sources?|passages?|articles?|files?|excerpts?|transcript|search_results?)\b[^<>]{0,100}>|(?:^|\n)[ \t#*]{0,6}(?:context|documents?|passage|article|sources?|excerpt|transcript|report|kontext|dokument|quelle|text|contexte|document|texte|contexto|documento|fuente|texto|contesto|testo|bron|kontekst|контекст|документ|текст|上下文|文档|资料|資料|文書|본문|문서)[ \t*]{0,4}[:：]|"""/i;

/** Whether a user's message holds material that its answer should rest on. */
function quotesMaterial(text: string): boolean {
  return text.length >= QUOTING_LEAST && QUOTES.test(text);
}

/** Sorts the texts of a request by what an answer owes them. */
export function documentsOf(segments: readonly Segment[]): Documents {
  const texts: string[] = [];
  const said: string[] = [];
  for (const { channel, text } of segments) {
    if (channel === 'document' || channel === 'tool_result') texts.push(text);
    else if (channel === 'user' && quotesMaterial(text)) texts.push(text);
    else if (channel !== 'tool_description' && channel !== 'metadata') said.push(text);
  }
  return { texts, said };
}
