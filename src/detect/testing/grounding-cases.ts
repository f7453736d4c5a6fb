// Documents with answers that they bear out and answers that they do not, in the project's own words: what the
// detector of grounding is tested with, and one of the sets it is measured on.

export interface GroundingCase {
  readonly name: string;
  readonly documents: readonly string[];
  readonly asked?: string;
  readonly good: readonly string[];
  /** With the rule that finds it. */
  readonly bad: readonly (readonly [rule: 'number' | 'date' | 'name' | 'sentence', answer: string])[];
}

export const GROUNDING_CASES: readonly GroundingCase[] = [
  {
    name: 'a quarterly report',
    documents: [
      'Northwind Mills reported revenue of $1,482,300 for the quarter that ended on 31 March 2024, up 4.27% from the same quarter of the year before. Net income was $212 thousand. The company employs 348 people at three plants, and its chief executive, Ingrid Halvorsen, expects a further rise in the second half of the year.',
    ],
    asked: 'How did the quarter go?',
    good: [
      'Revenue came to $1,482,300, a rise of 4.27%.',
      'Revenue was about $1.5 million, up 4.3% on the year before, and net income was $212,000.',
      'The quarter ended on 2024-03-31. Ingrid Halvorsen, the chief executive, expects the second half to be better still.',
      '1. Revenue: 1,482,300 dollars\n2. Net income: 212k\n3. Staff: 348 people, three plants',
      'Net income was roughly 14% of revenue.',
      'I think the rise may have been as much as 12%, but the report does not say how it came about. Shall I look further?',
    ],
    bad: [
      ['number', 'Revenue came to $1,842,300, a rise of 4.27%.'],
      ['number', 'Revenue rose by 7.4% to $1,482,300.'],
      ['number', 'The company employs 527 people.'],
      ['number', 'Net income was $212 million.'],
      ['date', 'The quarter ended on 30 June 2024.'],
      ['name', 'The chief executive, Marcus Oyelaran, expects a further rise.'],
      [
        'sentence',
        'Analysts criticised overseas acquisitions because shipping delays damaged customer confidence throughout Asian markets.',
      ],
    ],
  },
  {
    name: 'a booking found by a tool',
    documents: [
      '{"hotel": "City Hub", "rating": 4.3, "price_min": 100, "price_max": 150, "address": "1-1-1 Nishi-Shinjuku, Tokyo 160-0023", "check_in": "15:00", "reviews": ["Great location in the heart of Shinjuku", "The room was compact but well designed"]}',
    ],
    asked: 'Is City Hub any good? I will be there for 4 nights.',
    good: [
      'City Hub has a rating of 4.3 and rooms from 100 to 150 a night; check-in is from 3 pm.',
      'It is at 1-1-1 Nishi-Shinjuku, Tokyo 160-0023. For 4 nights you would pay at least 400.',
      'Guests like the location in the heart of Shinjuku and call the rooms compact but well designed.',
    ],
    bad: [
      ['number', 'City Hub has a rating of 4.8.'],
      ['number', 'Rooms cost from $245 a night.'],
      ['number', 'Check-in is from 11:30 am.'],
    ],
  },
  {
    name: 'a German notice',
    documents: [
      'Die Stadtwerke erhöhen den Strompreis zum 1. Juli 2025 um 2,4 Cent auf 34,9 Cent je Kilowattstunde. Für einen Haushalt mit 3.500 kWh im Jahr bedeutet das Mehrkosten von 84 Euro. Wer kündigen will, muss das bis zum 15. Juni 2025 schriftlich tun.',
    ],
    good: [
      'Ab dem 01.07.2025 kostet die Kilowattstunde 34,9 Cent, das sind 2,4 Cent mehr.',
      'Bei 3500 kWh im Jahr zahlen Sie 84 Euro mehr. Kündigen können Sie schriftlich bis zum 15. Juni 2025.',
      'Der Strompreis steigt um rund 7 Prozent; die Stadtwerke nennen dafür keine Angaben zum Grund.',
    ],
    bad: [
      ['number', 'Ab Juli 2025 kostet die Kilowattstunde 39,4 Cent.'],
      ['number', 'Das bedeutet Mehrkosten von 184 Euro im Jahr.'],
      ['date', 'Kündigen können Sie bis zum 30. September 2025.'],
    ],
  },
  {
    name: 'a French notice',
    documents: [
      'Le musée ouvre du mardi au dimanche de 10 h à 18 h 30. Le billet coûte 12,50 €, tarif réduit 8 €. L’exposition consacrée à Berthe Morisot se tient jusqu’au 14 septembre 2025 et présente 96 tableaux, dont 17 jamais montrés en France.',
    ],
    good: [
      'Le billet coûte 12,50 € et 8 € en tarif réduit.',
      'L’exposition sur Berthe Morisot présente 96 tableaux jusqu’au 14/09/2025.',
      'Parmi les 96 tableaux, 17 n’ont jamais été montrés en France.',
    ],
    bad: [
      ['number', 'Le billet coûte 15,50 €.'],
      ['date', 'L’exposition se tient jusqu’au 30 octobre 2025.'],
      ['number', 'L’exposition présente 142 tableaux.'],
      [
        'name',
        'L’exposition est consacrée aux œuvres que Camille Pissarro a peintes avec elle et qui sont dans les salles.',
      ],
    ],
  },
  {
    name: 'a Spanish contract',
    documents: [
      'El contrato tiene una duración de 24 meses a partir del 5 de mayo de 2024. La cuota mensual es de 1.250 euros, con un descuento del 10 % si se paga por adelantado. La penalización por cancelación anticipada asciende a 3.000 euros.',
    ],
    good: [
      'La cuota es de 1250 € al mes durante 24 meses.',
      'Si se paga por adelantado hay un descuento del 10 %, es decir, 1.125 euros al mes.',
      'El contrato empieza el 05/05/2024 y cancelarlo antes cuesta 3000 euros.',
    ],
    bad: [
      ['number', 'La cuota es de 1.520 euros al mes.'],
      ['number', 'Hay un descuento del 25 %.'],
      ['date', 'El contrato empieza el 15 de agosto de 2024.'],
    ],
  },
  {
    name: 'an Italian and a Portuguese note',
    documents: [
      'La riunione è fissata per il 12 novembre 2025 alle 14:30 nella sala 204. Il bilancio approvato è di 2,3 milioni di euro.',
      'O relatório indica que 68% dos 450 alunos concluíram o curso em 2023.',
    ],
    good: [
      'La riunione è il 12/11/2025 alle 14:30 nella sala 204; il bilancio è di 2.300.000 euro.',
      'Dos 450 alunos, 68% concluíram o curso em 2023, ou seja, 306.',
    ],
    bad: [
      ['date', 'La riunione è il 21 dicembre 2025.'],
      ['number', 'Il bilancio approvato è di 3,2 milioni di euro.'],
      ['number', 'Dos alunos, 86% concluíram o curso.'],
    ],
  },
  {
    name: 'a Chinese and a Japanese note',
    documents: [
      '该公司2024年营收为3.2亿元，同比增长15%，员工总数达到1,860人。新工厂将于2025年3月18日投产。',
      '会議は2025年6月3日の午後に開かれ、参加者は127名でした。予算は450万円です。',
    ],
    good: [
      '公司2024年的营收是320,000,000元，增长了15%。',
      '新工厂于2025年3月18日投产，公司有1860名员工。',
      '参加者は127名で、予算は4,500,000円です。',
    ],
    bad: [
      ['number', '公司2024年的营收是5.7亿元。'],
      ['date', '新工厂将于2025年8月1日投产。'],
      ['number', '参加者は372名でした。'],
    ],
  },
  {
    name: 'words for numbers, ranges and codes',
    documents: [
      'Two hundred and forty volunteers, half of them students, planted twelve thousand trees in lot B-17 between 9 and 23 October. Invoice INV-20391 covers the saplings, order 4711-A the tools.',
    ],
    good: [
      '240 volunteers planted 12,000 trees in lot B-17; 50% of them were students, so 120.',
      'The work took place from October 9 to October 23. See INV-20391 and 4711-A.',
    ],
    bad: [
      ['number', '240 volunteers planted 21,000 trees.'],
      ['number', 'Invoice INV-20931 covers the saplings.'],
      ['date', 'They planted the trees until 30 October.'],
    ],
  },
];
