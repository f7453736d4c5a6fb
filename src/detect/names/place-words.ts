// Countries, regions, and the words that turn a name before them into that of a street, a building or a company.

const list = (words: string): readonly string[] => words.split(',').map((word) => word.trim());

/** Countries and dependent territories, in English and under their own name, folded and in lower case. */
export const COUNTRIES = list(
  'afghanistan, albania, algeria, andorra, angola, anguilla, antigua and barbuda, argentina, armenia, aruba, australia, ' +
    'austria, azerbaijan, bahamas, bahrain, bangladesh, barbados, belarus, belgium, belize, benin, bermuda, bhutan, bolivia, ' +
    'bosnia and herzegovina, bosnia, botswana, brazil, brasil, brunei, bulgaria, burkina faso, burundi, cambodia, cameroon, ' +
    'canada, cape verde, cabo verde, cayman islands, central african republic, chile, china, colombia, comoros, congo, ' +
    'cook islands, costa rica, croatia, cuba, curacao, cyprus, czech republic, czechia, denmark, danmark, djibouti, ' +
    'dominican republic, ecuador, egypt, el salvador, equatorial guinea, eritrea, estonia, eswatini, ethiopia, ' +
    'faroe islands, falkland islands, fiji, finland, suomi, france, french guiana, french polynesia, gabon, gambia, germany, ' +
    'deutschland, ghana, gibraltar, greece, greenland, grenada, guadeloupe, guam, guatemala, guernsey, guinea-bissau, guyana, ' +
    'haiti, honduras, hong kong, hungary, iceland, india, indonesia, iran, iraq, ireland, isle of man, italy, italia, ' +
    'ivory coast, jamaica, japan, kazakhstan, kenya, kiribati, kosovo, kuwait, kyrgyzstan, laos, latvia, lebanon, lesotho, ' +
    'liberia, libya, liechtenstein, lithuania, luxembourg, macao, macau, macedonia, north macedonia, madagascar, malawi, ' +
    'malaysia, maldives, malta, marshall islands, martinique, mauritania, mauritius, mayotte, mexico, micronesia, moldova, ' +
    'mongolia, montenegro, montserrat, morocco, mozambique, myanmar, namibia, nauru, nepal, netherlands, nederland, ' +
    'new caledonia, new zealand, nicaragua, nigeria, norfolk island, north korea, northern ireland, northern mariana islands, ' +
    'norway, norge, osterreich, pakistan, palestine, panama, papua new guinea, paraguay, peru, philippines, pitcairn islands, ' +
    'poland, polska, portugal, puerto rico, qatar, republic of ireland, reunion island, romania, russia, russian federation, ' +
    'rwanda, saint helena, saint kitts and nevis, saint lucia, saint vincent, samoa, american samoa, san marino, ' +
    'sao tome and principe, saudi arabia, schweiz, scotland, senegal, serbia, seychelles, sierra leone, singapore, slovakia, ' +
    'slovenia, solomon islands, somalia, south africa, south korea, south sudan, espana, sri lanka, st. lucia, sudan, ' +
    'suriname, svalbard, sweden, sverige, switzerland, syria, taiwan, tajikistan, tanzania, thailand, timor-leste, tokelau, ' +
    'trinidad and tobago, tunisia, turkmenistan, turkiye, turks and caicos islands, tuvalu, uganda, ukraine, ' +
    'united arab emirates, united kingdom, united states, united states of america, uruguay, uzbekistan, vanuatu, ' +
    'vatican city, venezuela, vietnam, viet nam, virgin islands, wallis and futuna, western sahara, yemen, zambia, zimbabwe, ' +
    'england, wales, spain',
);

/** Countries that are a word or a name as well: told by the words before them. */
export const DOUBTFUL_COUNTRIES = list(
  'chad, dominica, georgia, guinea, israel, jordan, korea, mali, monaco, niger, oman, palau, togo, tonga, turkey, jersey',
);

/** States and provinces that people give as where they live. */
export const REGIONS = list(
  'alabama, alaska, arizona, arkansas, california, colorado, connecticut, delaware, florida, hawaii, idaho, illinois, ' +
    'indiana, iowa, kansas, kentucky, louisiana, maryland, massachusetts, michigan, minnesota, mississippi, missouri, ' +
    'montana, nebraska, nevada, new hampshire, new jersey, new mexico, new york, north carolina, north dakota, ohio, ' +
    'oklahoma, oregon, pennsylvania, rhode island, south carolina, south dakota, tennessee, texas, utah, vermont, ' +
    'west virginia, wisconsin, wyoming, british columbia, manitoba, new brunswick, nova scotia, ontario, quebec, ' +
    'saskatchewan, new south wales, queensland, tasmania, bavaria, bayern, saxony, sachsen, catalonia, andalusia, tuscany, ' +
    'lombardy, normandy, punjab, kerala, gujarat, maharashtra, karnataka, tamil nadu, rajasthan, guangdong, sichuan',
);

/** Postal codes of the states of the USA and their likes. */
export const STATE_CODES: ReadonlySet<string> = new Set(
  (
    'AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI ' +
    'SC SD TN TX UT VT VA WA WV WI WY DC PR VI GU AA AE AP ON QC BC AB MB SK NS NB NL PE NSW VIC QLD'
  ).split(' '),
);

/** Words behind a name that say that it is not a person who is meant. */
export const FACILITIES = list(
  'street, avenue, road, lane, drive, boulevard, square, plaza, park, bridge, river, lake, mountain, mountains, island, ' +
    'islands, bay, beach, valley, airport, station, hospital, clinic, school, college, university, institute, academy, ' +
    'library, museum, theater, theatre, gallery, church, cathedral, temple, hotel, inn, restaurant, cafe, bar, grill, pizza, ' +
    'bank, center, centre, mall, store, shop, market, stadium, arena, club, league, cup, county, district, province, city, ' +
    'town, village, company, corporation, corp, inc, llc, ltd, limited, group, foundation, association, society, union, ' +
    'committee, council, commission, agency, department, ministry, office, award, prize, medal, act, law, theorem, lemma, ' +
    'equation, method, algorithm, distribution, test, effect, syndrome, disease, score, war, treaty, festival, magazine, ' +
    'journal, times, post, news, press, records, studios, pictures, films, show, series, album, software, systems, ' +
    'technologies, solutions, services, industries, partners, capital, holdings, ventures, cloud, api, framework, project, ' +
    'protocol, server, studio, mode, edition, awards, nations, states, language, cuisine, bakery, brewery, winery, ' +
    'building, tower, hall, court, palace, castle, fort, harbor, harbour, port, heights, hills, creek, falls, canyon, desert',
);
