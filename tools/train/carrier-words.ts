/** The vocabularies of the carrier generator and its sentence maker: invented, everyday, and full of harmless requests. */

/** A seeded source of numbers in [0, 1), handed in so that a training set can be built again byte for byte. */
export type Random = () => number;

export function integer(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}

export function pick<T>(random: Random, from: readonly [T, ...T[]]): T {
  return from[Math.floor(random() * from.length)] ?? from[0];
}

function words(text: string): readonly [string, ...string[]] {
  const [first = '', ...rest] = text.split('|').map((word) => word.trim().replaceAll(/\s+/g, ' '));
  return [first, ...rest];
}

const FIRST = words(
  `Ada|Bilal|Carmen|Dmitri|Elin|Farah|Gus|Hanna|Ibrahim|June|Kofi|Lotte|Mateo|Nadine|Oskar|Pilar|Quinn|Rafael|Sanne|
   Tariq|Una|Viktor|Wilma|Xavier|Yara|Zsofia|Amit|Birgit|Cormac|Delphine|Esra|Fergus|Greta|Hiro|Ines|Jarek|Khadija|
   Lorenzo|Maeve|Ngozi|Olga|Priya|Ruben|Saoirse|Tove|Umberto|Vesna|Wei|Yusra|Zeno|Marit|Stefan|Bruno|Chidi|Leonie`,
);
const LAST = words(
  `Abrams|Berg|Castellan|Dufresne|Engström|Farrow|Grigoryan|Hofer|Iversen|Jankowski|Kimura|Larkin|Mbeki|Nolan|Okafor|
   Petit|Quispe|Rahman|Sandoval|Thorne|Ueda|Vasquez|Winter|Yildiz|Zeller|Bancroft|Czerny|Dahl|Eriksen|Fabre|Gallo|
   Haugen|Imai|Jardine|Kowal|Lindqvist|Moretti|Nakamura|Oyelaran|Pryce|Rossi|Schuster|Tan|Varga|Whitlock|Achebe`,
);
const NOUN = words(
  `report|invoice|contract|roof|printer|garden|recipe|bicycle|budget|lamp|timetable|kettle|server|passport|ticket|fence|
   presentation|bridge|harbour|kitchen|orchard|sample|dataset|library|playground|boiler|menu|catalogue|door code|backup|
   newsletter|prototype|survey|warehouse|route|window|parcel|tender|festival|exhibition|translation|handbook|keyboard|
   meeting room|car park|water meter|first draft|spare key|group photo|price list|test plan|delivery note|floor plan`,
);
const THING = words(
  `shoes|apples|chairs|minutes|slides|samples|receipts|batteries|tickets|figures|seeds|notes|spare parts|headphones|
   drawings|cables|photos|boxes|towels|results|forms|badges|tiles|plates|books|letters|screws|tents|candles|pens`,
);
const ADJECTIVE = words(
  `quiet|second|small|red|final|old|new|shared|wooden|northern|cheap|green|temporary|broken|public|heavy|early|empty|
   open|annual|internal|bright|narrow|reliable|warm|local|missing|revised|short|monthly|steep|handmade|official|spare`,
);
const PLACE = words(
  `Alder Street|the north gate|Harbour Hall|room 214|the second floor|Lisbon|Malmö|the depot|Mill Lane|the café|Graz|
   the annex|Porto|the school|the ferry terminal|Leeds|the workshop|Utrecht|the archive|Bergen|the village|Nairobi|
   the town hall|Osaka|the valley|Trieste|the market|Quito|building C|the stadium|Halifax|the river bank|Ghent`,
);
const WHEN = words(
  `on Monday|yesterday|next week|in March|at noon|last night|by Friday|in the afternoon|two days ago|this morning|in 2024|
   before lunch|every Tuesday|at the end of the month|in spring|tomorrow at nine|after the holidays|on the 14th|later|
   within a week|at half past three|since Thursday|over the weekend|in the second quarter|until further notice`,
);
const DID = words(
  `repaired|ordered|found|moved|painted|measured|forgot|opened|checked|sold|returned|reviewed|borrowed|replaced|cleaned|
   announced|cancelled|photographed|approved|copied|lost|praised|delivered|updated|closed|visited|described|tested`,
);
const DO = words(
  `send|check|bring|order|print|sign|update|return|review|forward|copy|move|book|cancel|confirm|open|clean|replace|share|
   delete|archive|prepare|translate|measure|label|download|read|pay|collect|store|count|approve|submit|repeat`,
);
const REASON = words(
  `the old one is broken|nobody has asked for it|the prices went up|it rained all day|we ran out of time|the key is lost|
   the supplier closed|it is too loud|the deadline was moved|half of the team is away|the form has changed|
   it saves an hour|people kept asking|the battery is low|we promised it to them|the road is closed|it was on offer`,
);
const ABSTRACT = words(
  `demand|traffic|rainfall|the number of visitors|revenue|interest in the course|the price of wood|attendance|the water
   level|the error rate|the cost of heating|the average age|membership|the waiting time|output|turnout|the crop`,
);

export function person(random: Random): string {
  return `${pick(random, FIRST)} ${pick(random, LAST)}`;
}

export function firstName(random: Random): string {
  return pick(random, FIRST);
}

export function address(random: Random): string {
  const host = pick(random, ['example.com', 'example.org', 'mail.example.net', 'corp.example.com', 'post.example.org']);
  const name = `${pick(random, FIRST)}.${pick(random, LAST)}`.toLowerCase().normalize('NFD');
  return `${name.replace(/[^a-z.]/g, '')}${random() < 0.3 ? String(integer(random, 1, 99)) : ''}@${host}`;
}

export function noun(random: Random): string {
  return random() < 0.5 ? pick(random, NOUN) : `${pick(random, ADJECTIVE)} ${pick(random, NOUN)}`;
}

export function place(random: Random): string {
  return pick(random, PLACE);
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

export function date(random: Random): string {
  return `${String(integer(random, 2019, 2027))}-${two(integer(random, 1, 12))}-${two(integer(random, 1, 28))}`;
}

export function clock(random: Random): string {
  return `${two(integer(random, 0, 23))}:${two(integer(random, 0, 59))}`;
}

export function money(random: Random): number {
  return Math.round(10 ** (1 + random() * 3) * 100) / 100;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function title(random: Random): string {
  return pick(random, [
    () => capital(noun(random)),
    () => `${capital(noun(random))} in ${pick(random, PLACE).replace(/^the /, '')}`,
    () => `Re: ${noun(random)}`,
    () => `${capital(pick(random, THING))} for ${pick(random, FIRST)}`,
    () => `How to ${pick(random, DO)} a ${noun(random)}`,
    () => `${capital(pick(random, ADJECTIVE))} ${pick(random, THING)} ${pick(random, WHEN)}`,
    () => `Please ${pick(random, DO)} the ${noun(random)}`,
  ])();
}

/** Half tells, half asks: harmless requests to the reader are what a careless detector mistakes for an attack. */
export function sentence(random: Random): string {
  const form = pick(random, [
    () => `${person(random)} ${pick(random, DID)} the ${noun(random)} ${pick(random, WHEN)}.`,
    () => `The ${noun(random)} at ${place(random)} was ${pick(random, DID)} because ${pick(random, REASON)}.`,
    () => `Please ${pick(random, DO)} the ${noun(random)} ${pick(random, WHEN)}.`,
    () =>
      `Could you ${pick(random, DO)} ${String(integer(random, 2, 40))} ${pick(random, THING)} for ${firstName(random)}?`,
    () => `Do not ${pick(random, DO)} the ${pick(random, THING)} before you ${pick(random, DO)} the ${noun(random)}.`,
    () => `${capital(pick(random, ABSTRACT))} rose by ${String(integer(random, 2, 60))} percent ${pick(random, WHEN)}.`,
    () => `I ${pick(random, DID)} it ${pick(random, WHEN)}, since ${pick(random, REASON)}.`,
    () => `If the ${noun(random)} is ${pick(random, ADJECTIVE)}, ${pick(random, DO)} it and tell ${firstName(random)}.`,
    () => `We met ${firstName(random)} and ${firstName(random)} at ${place(random)} ${pick(random, WHEN)}.`,
    () => `First ${pick(random, DO)} the ${pick(random, THING)}, then ${pick(random, DO)} the ${noun(random)}.`,
    () => `Nobody knows why the ${noun(random)} is so ${pick(random, ADJECTIVE)}.`,
    () => `The ${pick(random, THING)} cost ${String(money(random))} and came ${pick(random, WHEN)}.`,
    () => `You can ignore the ${noun(random)}; ${pick(random, REASON)}.`,
    () => `${firstName(random)} asked me to ${pick(random, DO)} the ${noun(random)}, but ${pick(random, REASON)}.`,
    () =>
      `${pick(random, ['Thanks', 'Sorry', 'Good news', 'A reminder', 'By the way', 'To be clear'])}: the ${noun(random)} is ${pick(random, ADJECTIVE)} again.`,
    () => `${capital(pick(random, ABSTRACT))} has not changed much ${pick(random, WHEN)}, says ${person(random)}.`,
  ]);
  return form();
}

export function paragraph(random: Random, most = 5): string {
  return Array.from({ length: integer(random, 1, most) }, () => sentence(random)).join(' ');
}
