// What an address stands in: an image that loads by itself, a link to click, a definition, or bare text.

/** `loads`: fetched when shown; `link`: when clicked; `definition`: either, by reference; `text`: when somebody copies it. */
export type Carrier = 'loads' | 'link' | 'definition' | 'text';

const MARKDOWN = /(!?)\[[^[\]]{0,120}\]\(\s{0,4}<?$/;
const DEFINITION = /(?:^|\n)[ ]{0,3}\[[^\]\n]{1,60}\]:\s{1,4}<?$/;
const ATTRIBUTE =
  /<([a-z]{1,12})\b[^<>]{0,120}\b(src|srcset|href|action|formaction|data|poster|background|content|xlink:href|style)\s{0,2}=\s{0,2}["']?[^"'<>]{0,40}$/;
const CSS = /(?:url\(|@import)\s{0,2}["']?$/;

/** What stands right before an address in Markdown: the end of a link's text. */
const LINK_OPENS = /\]\(\s{0,4}<?$/;
/** A badge: an image within the text of a link, whose own brackets hide the outer ones. */
const BADGE = /\)\]\(\s{0,4}<?$/;

/** The carrier of an address, from the lower-case text right before it. */
export function carrierBefore(before: string): Carrier {
  if (LINK_OPENS.test(before.slice(-8))) {
    const markdown = MARKDOWN.exec(before);
    if (markdown !== null) return markdown[1] === '!' ? 'loads' : 'link';
    return BADGE.test(before.slice(-8)) ? 'link' : 'loads';
  }
  if (before.includes(']:') && DEFINITION.test(before)) return 'definition';
  if (CSS.test(before.slice(-12))) return 'loads';
  const attribute = before.includes('<') ? ATTRIBUTE.exec(before) : null;
  if (attribute === null) return 'text';
  return (attribute[1] === 'a' || attribute[1] === 'area') && attribute[2] === 'href' ? 'link' : 'loads';
}
