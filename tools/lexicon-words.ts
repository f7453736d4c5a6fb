// What no list says of the words that the names detector knows: which of them are rather words, and which rather names.

const setOf = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/));

/** Words of other languages that stand capitalised before nouns and names: articles, pronouns, prepositions, greetings. */
export const FOREIGN_WORDS = setOf(`
  der die das den dem des ein eine einen einem einer eines und oder aber wenn weil dass ich du er sie es wir ihr mein meine dein
  sein seine ihre unser bitte danke hallo guten tag morgen abend liebe lieber sehr geehrte geehrter fur mit von zu zum zur bei nach
  aus auf im am an in ist sind war wird werden kann hat haben nicht kein keine was wer wie wo warum wann alle auch nur noch schon
  herr frau straße strasse beim vom unter uber zwischen durch gegen ohne diese dieser dieses jede jeder einige viele wasser ende
  le la les un une des du de et ou mais que qui quoi quand comment pourquoi ce cette ces mon ma mes ton ta tes son sa ses notre
  nos votre vos leur leurs je tu il elle nous vous ils elles on est sont avec sans pour par sur sous dans chez entre vers bonjour
  merci madame monsieur cher chere si tout tous toutes
  el los las una unos unas y o pero porque que quien cuando como donde este esta estos estas mi mis tu tus su sus yo ella
  nosotros ellos es son con sin por para sobre en entre hola gracias senor senora si al del lo
  il lo gli uno e ed ma perche che chi quando come dove questo questa questi io lui lei noi voi loro con senza per su tra fra ciao
  grazie signor signora al del della dei delle nel nella sono
  o os as um uma e ou mas porque quem onde este esta eu ele ela nos eles com sem por para ola obrigado senhor senhora ao do da
  dos das no na nos nas em
  de het een en of maar omdat wie wat waar hoe ik jij hij zij wij met zonder voor van naar bij uit op in is zijn niet geen
  den det en ett och eller men jag du han hon vi med utan for av till fra pa i er ikke inte och hej tack
`);

/** Ordinary words that the list of frequent ones leaves out or knows as names: days, months, titles, what chat is made of. */
export const ORDINARY_TOO = setOf(`
  monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october
  november december mon tue tues wed thu thurs fri sat sun jan feb mar apr jun jul aug sep sept oct nov dec english german french
  spanish italian portuguese russian chinese japanese korean arabic hindi dutch latin greek american british european african asian
  canadian indian australian mexican irish scottish i'm i've i'll i'd hi hello hey thanks thank please yes no ok okay dear sincerely
  regards cheers mr mrs ms dr prof sir madam miss hmm um uh oh ah wow lol btw today tomorrow yesterday tonight google facebook
  amazon apple microsoft netflix youtube twitter instagram linux windows android python java javascript typescript html css json
  sql api url http https pdf gpt chatgpt openai ai llm christmas easter halloween thanksgiving internet web email christian muslim
  jewish catholic buddhist hindu islam god lord jesus bible quran write explain describe summarize translate generate create give
  tell list make find show help answer question answer let can could would should will shall might must do does did is are was were
  what when where which who why how if then else given using use consider suppose assume note step steps example input output the a
  an and or but for with without from into onto over under about after before while during however therefore thus hence also always
  never sometimes often usually there here this that these those my your his her its our their we they he she it you me him us them
  not only just even still again back up down out off all any each every some many much few several most more less least one two
  three four five six seven eight nine ten first second third last next new old good bad best better worst big small great high low
  black white red green blue brown gray grey pink purple orange yellow gold silver king queen prince princess duke earl pope saint
  captain doctor professor president senator judge mayor general major minister officer sheriff detective chef coach manager director
  asia africa europe america antarctica oceania petri dow nasdaq reuters collective historic minister baroness lord lady sen gov rep goalkeeper striker
  customer user assistant system human agent client patient teacher student mom dad mum mother father brother sister uncle aunt
  grandma grandpa son daughter baby family north south east west northern southern eastern western chapter section figure table part
  page volume act scene art dean grant page price field rice cash bill rich sterling christ sabbath amen meanwhile additionally
  furthermore moreover finally firstly secondly lastly overall instead otherwise although though because since unless until whether
  both either neither such same other another own too very so than well now say says said yeah sure nope maybe perhaps really right
  left wait sorry congratulations welcome good-bye goodbye bye please dude guys folks sir ma'am kids men women people
`);

/** Given names and surnames that are met more often as something else. */
export const WORDS_TOO = setOf(`
  will mark grace rose hope joy faith summer dawn eve iris ivy jade ruby pearl amber chase drew sue pat rob max chance hunter mason
  carter cooper taylor tyler parker porter archer baker miller cook fisher potter hunter gardner cash dale dean glen heath cliff
  brook brooke lane reed reid ray jay robin wren jack bob frank earnest major king duke earl marshall christian jordan israel
  paris london sydney georgia carolina virginia chad austin dallas charlotte victoria florence madison lincoln jackson washington
  houston brooklyn chelsea savannah india china kenya asia america chelsea lourdes dakota montana phoenix memphis cheyenne destiny
  harmony melody serenity trinity genesis heaven nevaeh star stormy sunny sky skye river rain ocean autumn april may june august
  january wisdom patience prudence charity mercy constance felicity clementine olive basil sage rosemary ginger pepper angel angelica
  jasmine lily daisy violet poppy heather holly hazel fern flora ebony crystal diamond sapphire emerald opal coral amethyst ace blaze
  buck bud buddy chip clay colt cruz dash dash dick dusty flint forest forrest fox gale gene guy hank happy harley jet justice knight
  lance levi link mack maverick merit miles monday nick noble norm pierce prince princess queen rex rich rick rider rip rocky rod
  royal rusty sandy scout sid sonny stone storm tad tanner teddy ted tiger tom tony troy true vale van vice wade ward webster west
  wolf wood woody young art bill billy mike ike al abe ally ella sol mina gay dolly bunny candy honey kitty missy penny bonnie
  barb bell bella belle bliss blossom cat cherry cinnamon dot echo essence fancy fantasy jewel jewell journey karma lark liberty
  lotus love lucky magic mariner may may merry misty myth nova orion peaches philosophy pink queen raven rio rune sable saga samba
  sierra silver story tempest tulip unique velvet venus vesta viola vision willow winter wonder zen apollo ares athena atlas hermes
  mars mercury jupiter saturn neptune pluto titan zeus adonis homer plato virgil socrates romeo hamlet macbeth cinderella santa
  siri alexa cortana bard claude gemini llama ada julia ruby swift dart perl pascal mercedes porsche bentley ford tesla lexus kia
  dodge holden audi royce dell intel sony canon nikon cisco adobe java oracle chase wells fargo morgan stanley goldman merrill
  prada gucci chanel dior armani versace hermes hilton hyatt marriott kellogg heinz nestle mars wrigley hershey kraft campbell
  disney warner sears macy penney nordstrom target costco kroger walgreens nike puma reebok
  pan dan jo an ha my bao mai do le ma so van xi yi yu hong long minh nam son tan tien tin vu ho luong ly ban bay may kim
  amin amen imam sultan shah khan mullah ali malik sheikh amir emir sharia salam ramadan mehr iman dua noor nur
  mann kind lang klein gross schwarz weiss koch richter bauer jager kaiser konig fuchs wolf vogel berg bach stein stern sommer
  winter herbst sonntag montag freitag engel teufel himmel brand sturm frost reich recht roth rot blau grun braun jung alt neu
  meister schmied topf hahn hirsch lowe bar igel adler falke krebs fisch baum busch wald feld wiese see teich fluss brunnen haus
  thanh cristo santo santa santos cruz rey reyes flores rosa luz sol paz dolores mercedes consuelo pilar socorro remedios angel
  domingo leon iglesia torres rios campos prado blanco rojo negro moreno rubio delgado bravo guerra paz pena roman martin page
  rocha silva pinto coelho leite barros costa serra lima porto braga moura
  bey sun moon star ram sri dev raj om ganga ganesh krishna shiva indra vishnu lakshmi maya karma veda
  ann ever ember else elle era eden ego els ene ester een emiel hero hope ilse ima io ira isa ita ivo jos kaj lea les let liv
  los lot lou luce maa mae maj mas mat mia mil mon nan nat nia non nor nova oda oli ona ora osa pia pip que rae ran ria roy rue
  sam sara see sen sha she sia sim sis sky sri stu sun syl tia tim tin tor tri try uma una uri val vin von wil win yan yen yon
  data meta test demo sample admin guest root null true false beta alpha delta gamma sigma omega
  chester dudley cornell kale kata beat earl quincy lavender dow cape baker chancellor shah hong collective costa
  model vector matrix tensor pixel tabular prime minor major magnus rector victor
`);

/** Given names that dictionaries know as words, but few writers use so. */
export const SURELY_GIVEN = setOf(`
  john peter james mary david michael robert william paul george thomas charles joseph daniel anna anne emma sarah laura linda susan
  nancy karen lisa betty helen sandra donna ruth sharon michelle deborah jessica shirley cynthia angela melissa brenda amy
  rebecca kathleen pamela martha debra amanda stephanie carolyn christine marie janet catherine frances ann joyce diane alice julie
  teresa doris gloria evelyn jean cheryl mildred katherine joan ashley judith janice kelly nicole judy christina kathy theresa
  beverly denise tammy irene jane lori rachel marilyn andrea kathryn louise sara anne jacqueline wanda bonnie julia lois tina phyllis
  norma paula diana annie lillian emily peggy gladys rita connie tracy edna carmen tiffany rosa cindy edith kim sylvia
  josephine thelma shannon sheila ethel ellen elaine marjorie carrie charlotte monica esther pauline emma juanita anita rhonda 
  eva debbie leslie clara lucille jamie joanne eleanor valerie danielle megan alicia suzanne michele gail bertha darlene
  veronica jill erin geraldine lauren cathy joann lorraine lynn sally regina erica beatrice bernice audrey yvonne annette
  samantha marion dana stacy ana renee ida vivian roberta brittany melanie loretta yolanda jeanette laurie katie kristen
  vanessa alma elsie beth jeanne vicki carla tara eileen gertrude lucy tonya ella stacey wilma gina kristin jessie natalie
  agnes vera charlene bessie delores melinda arlene maureen colleen allison tamara georgia lillie claudia jackie marcia
  tanya nellie minnie marlene heidi glenda lydia courtney marian stella caroline dora vickie mattie
  richard christopher donald kenneth steven edward brian ronald anthony kevin jason matthew gary timothy jose larry jeffrey
  scott eric stephen andrew raymond gregory joshua jerry dennis walter patrick harold douglas henry carl arthur ryan roger joe
  juan jack albert jonathan justin terry gerald keith samuel willie ralph lawrence nicholas roy benjamin bruce brandon adam harry
  fred wayne billy steve louis jeremy aaron randy howard carlos russell bobby victor martin ernest phillip todd jesse craig
  alan shawn clarence sean philip chris johnny jimmy antonio danny bryan tony luis mike stanley leonard nathan manuel
  rodney curtis norman allen marvin vincent glenn jeffery travis jeff jacob lee melvin alfred kyle francis bradley jesus herbert
  frederick joel edwin don eddie ricky troy randall barry alexander bernard mario leroy francisco marcus micheal theodore
  clifford miguel oscar jim tom calvin alex jon ronnie lloyd tommy leon derek warren darrell jerome floyd leo alvin tim
  wesley gordon greg jorge dustin pedro derrick dan lewis zachary corey herman maurice vernon roberto clyde glen hector shane
  ricardo sam lester brent ramon charlie tyler gilbert marc reginald ruben brett nathaniel rafael leslie edgar milton
  raul ben cecil duane franklin andre elmer brad gabriel ron mitchell roland arnold harvey jared adrian karl cory claude erik
  darryl jamie neil jessica javier fernando clinton ted mathew tyrone darren lonnie cody julio kelly kurt allan nelson 
  clayton hugh dwayne dwight armando felix jimmie everett jordan ian wallace ken bob jaime casey alfredo alberto dave ivan johnnie
  sidney byron julian isaac morris clifton willard daryl ross andy marshall salvador perry kirk sergio marion tracy seth 
  terrance rene eduardo terrence enrique freddie stuart isabella sophia olivia ava mia liam noah ethan logan elijah oliver aiden
  sophie zoe chloe hannah abigail ella maya layla nora luna sofia fatima aisha mohammed muhammad ahmed
  mohamed hassan hussein omar yusuf ibrahim khalid priya rahul amit sanjay deepak ravi sunita anita pooja wei hiroshi
  yuki sakura kenji takeshi haruto minho seojun ivan olga natasha svetlana dmitri vladimir igor boris sergei yuri tatiana
  pierre jacques jean michel francois philippe isabelle nathalie camille hans klaus jurgen wolfgang helmut ingrid heike petra
  giovanni giuseppe luca marco francesca chiara carlos pablo diego alejandro lucia elena kate jake josh nick luke julie tamara
  tim sam mia sara lea eva jana jens lars sven bjorn erik nils olaf astrid freya fritz heinz otto emil
`);

/** Surnames that dictionaries know as words, but few writers capitalise as such. */
export const SURELY_SURNAME = setOf(`
  smith johnson williams jones davis garcia rodriguez wilson martinez anderson thomas hernandez moore martin jackson thompson lopez
  gonzalez harris clark lewis robinson perez sanchez wright torres nguyen flores allen scott adams nelson
  mitchell roberts phillips campbell evans turner diaz edwards collins stewart morris rogers morgan murphy kelly howard ramos
  kim cox richardson watson brooks chavez bennett gray's mendoza ruiz hughes alvarez castillo sanders patel myers ross foster
  jimenez powell jenkins perry russell sullivan henderson coleman simmons patterson reynolds hamilton graham
  li wang silva cohen rocha lee chen liu yang huang zhao wu zhou tran pham chang cheng
  kowalski novak muller schmidt schneider fischer weber meyer wagner becker hoffmann schulz ferrari rossi russo
`);

/** Large or well-known cities beside those of the list, and those of it that are hardly ever anything else. */
export const PLACES_TOO = setOf(`
  paris london berlin madrid rome vienna prague budapest warsaw dublin lisbon athens oslo stockholm copenhagen helsinki amsterdam
  brussels zurich geneva munich hamburg cologne frankfurt barcelona milan naples venice turin moscow kyiv istanbul ankara cairo
  casablanca lagos nairobi johannesburg tokyo osaka kyoto seoul beijing shanghai shenzhen guangzhou taipei bangkok hanoi manila
  jakarta mumbai delhi bangalore chennai kolkata karachi lahore dhaka dubai tehran baghdad riyadh jerusalem boston chicago seattle
  denver miami atlanta detroit philadelphia baltimore pittsburgh cleveland minneapolis milwaukee sacramento oakland tampa orlando
  portland toronto montreal vancouver calgary ottawa melbourne brisbane perth adelaide auckland wellington manchester liverpool
  birmingham leeds glasgow edinburgh bristol sheffield cardiff belfast oxford cambridge bogota lima santiago quito caracas havana
  sao-paulo montevideo asuncion
`);
