// Answers that decline: how refusals begin, in twenty languages.

/** How a refusal opens, on the first sentences of an answer in lower case. `'` stands for any apostrophe. */
const OPENINGS: readonly string[] = [
  // English
  "(?:(?:i'm|i am|we're) (?:so |very |really |deeply )?sorry|(?:my )?apologies|i apologi[sz]e|sorry|unfortunately|regrettably|no),?(?: but)?(?: that)?,? (?:i|we)(?:'m| am|'re| are)? ?(?:can't|cannot|can not|couldn't|won't|will not|unable|not able|not allowed|not permitted|(?:do not|don't) feel comfortable|must decline|have to decline|must refuse)(?! but\\b)",
  "i(?: simply| really)? (?:can't|cannot|can not|won't|will not|must decline to|have to decline to|must refuse to|refuse to|decline to|am unable to|am not able to|am not allowed to|am not permitted to) (?:help|assist|provide|comply|fulfill|fulfil|answer|do that|do this|engage|support|participate|create|generate|write|produce|discuss|share|give|offer|continue|respond|complete|carry|process|in good)(?! but\\b)",
  "i(?:'m| am) (?:unable|not able|not allowed|not permitted|not programmed|not comfortable|not going) (?:to )?(?:help|assist|provid|comply|fulfil|answer|engag|creat|generat|writ|produc|discuss|shar|giv|do)",
  "as an? (?:\\w{1,12} )?(?:ai|artificial intelligence|language model|assistant)\\b[^.!?\\n]{0,60}(?:can't|cannot|don't|do not|unable|not able|won't|not allowed)",
  "(?:this|that|your) (?:request|question|content|prompt)\\b[^.!?\\n]{0,40}(?:violates|goes against|is against|conflicts with|can't be|cannot be)",
  "it (?:is|would be|wouldn't be|would not be|isn't) (?:not )?(?:appropriate|ethical|possible)(?: for me)? to (?:help|assist|provide|comply|answer|share|do)",
  // German
  '(?:es )?tut mir (?:sehr |wirklich )?leid,?(?: aber)?[^.!?\\n]{0,40}(?:kann|darf|werde|möchte)[^.!?\\n]{0,60}nicht',
  '(?:leider )?(?:kann|darf|werde) ich (?:ihnen |dir |euch )?(?:dabei|das|hierbei|diese|dieser|dazu|bei)[^.!?\\n]{0,60}(?:nicht|keine)',
  'ich (?:kann|darf|werde) (?:ihnen |dir )?(?:dabei|das|dies|hierbei|diese|dieser|dazu|leider)[^.!?\\n]{0,60}nicht',
  // French
  '(?:je suis (?:vraiment )?désolée?|désolée?|malheureusement|je regrette),?(?: mais)?,? je ne (?:peux|puis|suis)[^.!?\\n]{0,40}pas',
  "je ne (?:peux|puis) (?:malheureusement )?pas (?:vous |t')?(?:aider|répondre|fournir|accéder|faire|donner|assister|traiter|satisfaire)",
  // Spanish
  '(?:lo siento|lo lamento|disculpa|disculpe|perdona|perdón|lamentablemente),?(?: pero)?,? no (?:puedo|podemos|me es posible|estoy)',
  'no puedo (?:ayudar|proporcionar|responder|cumplir|hacer eso|hacerlo|asistir|ofrecer|dar|facilitar|generar|realizar)',
  // Italian
  '(?:mi dispiace|spiacente|purtroppo),?(?: ma)?,? non (?:posso|possiamo|sono in grado)',
  'non (?:posso|sono in grado di) (?:aiutart|aiutarl|fornir|rispond|soddisfar|assister|farlo|darti|generare)',
  // Portuguese
  '(?:desculpe|desculpa|sinto muito|lamento|infelizmente),?(?: mas)?,? não (?:posso|podemos|consigo|sou capaz)',
  'não (?:posso|consigo) (?:ajudar|fornecer|responder|atender|fazer isso|auxiliar|oferecer|gerar|realizar)',
  // Dutch
  '(?:het spijt me|sorry|helaas),?(?: maar)?,? (?:(?:dat |hier |daar |ik )?(?:kan|mag) (?:ik )?)[^.!?\\n]{0,60}niet',
  'ik kan (?:je |u )?(?:daar|hier|dat|dit|helaas)[^.!?\\n]{0,40}niet',
  // Polish, Czech
  '(?:przykro mi|przepraszam|niestety),?(?: ale)?,? nie (?:mogę|jestem w stanie)',
  'nie mogę (?:pomóc|udzielić|spełnić|odpowiedzieć|dostarczyć|tego)',
  '(?:omlouvám se|je mi líto|bohužel),?(?: ale)?[^.!?\\n]{0,20}(?:nemohu|nemůžu|nejsem schopen)',
  // Swedish, Danish, Norwegian
  '(?:jag är ledsen|tyvärr|beklager|desværre|dessverre|undskyld|förlåt|jeg beklager),?(?: men)?,? (?:jag|jeg|kan|det)[^.!?\\n]{0,40}(?:inte|ikke)',
  // Turkish
  '(?:üzgünüm|maalesef|kusura bakmayın|özür dilerim),?[^.!?\\n]{0,80}(?:yardımcı olamam|yapamam|sağlayamam|edemem|olamıyorum|veremem|yanıtlayamam)',
  // Russian, Ukrainian
  '(?:извините|простите|к сожалению|мне жаль|прошу прощения),?(?: но)?,? (?:я )?(?:не могу|не смогу|не в состоянии|не имею права)',
  'я не (?:могу|буду) (?:помочь|вам помочь|предоставить|выполнить|ответить|с этим|отвечать|обсуждать)',
  '(?:вибачте|на жаль|перепрошую),?(?: але)?,? (?:я )?не (?:можу|зможу)',
  // Chinese
  '(?:抱歉|对不起|對不起|很遗憾|不好意思)[，,！。]?\\s?(?:但)?[^。！？\\n]{0,20}(?:无法|無法|不能|不可以|没办法|沒辦法)',
  '我(?:无法|無法|不能)(?:提供|帮助|幫助|协助|協助|回答|满足|滿足|完成|执行|生成|参与|帮|为您|为你)',
  // Japanese
  '(?:申し訳(?:ありません|ございません)|すみません|恐れ入りますが|残念ながら|ごめんなさい)[^。！？\\n]{0,60}(?:できません|できかねます|いたしかねます|お答えできません|お手伝いできません)',
  '(?:その|この|ご)(?:要求|依頼|リクエスト|質問|要望)[^。！？\\n]{0,20}(?:応じ|お答え|対応|お手伝い)[^。！？\\n]{0,10}(?:できません|できかねます|られません)',
  // Korean
  '(?:죄송합니다|죄송하지만|유감스럽게도|미안하지만)[.,]?[^.!?\\n]{0,60}(?:수 없습니다|수 없어요|드릴 수|불가능합니다|어렵습니다)',
  // Arabic, Hindi
  '(?:آسف|عذرا|عذرًا|أعتذر|للأسف)[^.!؟\\n]{0,40}(?:لا أستطيع|لا يمكنني|لن أتمكن|غير قادر)',
  '(?:क्षमा करें|माफ़ करें|मुझे खेद है|मुझे माफ़ करें)[^।!?\\n]{0,80}(?:नहीं कर सकता|नहीं दे सकता|असमर्थ|नहीं कर सकती)',
];

/** By the script of its first letter an answer needs to be held against a part of them only. */
const isAscii = (pattern: string): boolean => /^[\x20-\x7e]/.test(pattern.replace(/^[(?:]+/, ''));
const LATIN = new RegExp(`(?:${OPENINGS.filter(isAscii).join('|')})`, 'uy');
const OTHER = new RegExp(`(?:${OPENINGS.join('|')})`, 'uy');

/** A refusal begins within so many characters and sentences. */
const HEAD = 400;
const SENTENCES = 3;
/** With so much more behind it an answer declines a part and does the rest. */
const PARTIAL = 700;

/** Where an answer declines, as a span of its own text, and how sure that is. */
export function findRefusal(text: string): { start: number; end: number; score: number } | undefined {
  const from = text.length - text.trimStart().length;
  const head = text
    .slice(from, from + HEAD)
    .toLowerCase()
    .replace(/[\u2018\u2019\u00b4\u0060]/g, "'");
  if (head.length !== Math.min(HEAD, text.length - from)) return undefined;
  const pattern = /^[\0-\x7f\u2010-\u201f]/.test(head) ? LATIN : OTHER;
  let at = 0;
  for (let i = 0; i < SENTENCES && at < head.length; i++) {
    while (/[\s*_"“>-]/.test(head[at] ?? 'x')) at++;
    pattern.lastIndex = at;
    const match = pattern.exec(head);
    if (match !== null) {
      const rest = text.length - from - at;
      const score = (rest < PARTIAL ? 0.9 : 0.5) - 0.1 * i;
      return { start: from + at, end: from + at + match[0].length, score: Math.round(score * 100) / 100 };
    }
    const stop = /[.!?。！？\n]+/g;
    stop.lastIndex = at;
    if (stop.exec(head) === null) break;
    at = stop.lastIndex;
  }
  return undefined;
}
