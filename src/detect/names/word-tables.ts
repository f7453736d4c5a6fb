// Short lists of words that say what stands behind them: titles, kinds of streets.

const setOf = (words: string): ReadonlySet<string> => new Set(words.split(' '));

/** Titles, of which a name follows. */
export const TITLES = setOf(
  'mr mr. mrs mrs. ms ms. dr dr. prof prof. professor sir madam herr frau mme mme. mlle monsieur madame senor senora ' +
    'sra sra. signor signora rev rev. capt capt. sgt sgt. lt. col. senator',
);
/** Kinds of streets that stand before the street's name. */
export const STREET_FIRSTS = setOf(
  'rue via viale piazza calle avenida av plaza paseo rua travessa largo praca carrer corso ulica ul strada boulevard chemin',
);
/** What begins the number of a box. */
export const BOXES = setOf('p po postfach apartado casella psc unit');
/** What begins the number of a part of a house. */
export const PARTS = setOf('suite apt apartment');
