// Documents in order, as services/search/arrays/matching/ranking.py orders them; a test holds the figures together.

const FIGURES = {
  K1: 1.4,
  K3: 1.0,
  PIECE_SHARE: 0.4,
  IDF_EXPONENT: 0.9,
  COVERAGE_SHARE: 0.3,
  PROXIMITY_SHARE: 0.3,
  QUESTION_PROXIMITY_SHARE: 0.2,
  HEADING_SHARE: 0.1,
  WINDOW: 64,
  TITLE_SHARE: 1.8,
  STOP_SHARE: 0.3,
  OTHER_FORM: 0.9,
  PIECES: 0.8,
  MAX_DEVIATION: 10,
  QUESTION_WORDS: 5,
};
// A title, a heading, a tag, a slug that is the query: in multiples of the best score before bonuses.
const EXACT_MULTIPLES = [4.2, 3.2, 3.2, 3.7];
// A title that begins with the query; any title with all of its words has a larger bonus than the least.
const BEGINNING_MULTIPLE = 3.95;
const LEAST_BONUS_OF_BEGINNING = 0.4;
// A text that stands in an article word for word, and the words from which on it was pasted from there.
const PASTED_MULTIPLE = 0.6;
const MIN_PASTED = 4;
// The share of a message that an article about it has, and the same if no article has its code.
const MIN_MESSAGE_SHARE = 0.52;
const MIN_SHARE_WITHOUT_CODE = 0.7;
// If no article has some word or name of a message, and none its code: the share that stands there as in the message,
// each word beside a neighbour, and by how many positions their distance may be off.
const MIN_FRAGMENT_SHARE = 0.12;
const BESIDE = 1;
// The label before a message (Error:), which is no neighbour of its first word.
const LABEL = /^[^\p{L}\p{N}_]*[\p{L}\p{N}_]+[:!]\s/u;
const TITLE_OF_MESSAGE = 0.4;
const TITLE = 0;
const HEADINGS = 1;
const BLOCK_GAP = 12;

const rarityOf = (count, df) => Math.log1p((count - df + 0.5) / (df + 0.5));
export const idf = (count, df) => rarityOf(count, df) ** FIGURES.IDF_EXPONENT;

function baseScores(table, matches, candidates) {
  const { K1, K3, PIECE_SHARE, COVERAGE_SHARE } = FIGURES;
  const counted = matches.map((match) => [match, ((K3 + 1) * match.group.times) / (K3 + match.group.times)]);
  for (const match of matches) for (const piece of match.pieces) counted.push([piece, PIECE_SHARE]);
  const rarity = matches.map((match) => idf(table.count, match.df));
  const all = rarity.reduce((sum, one) => sum + one, 0);
  const scoreOf = (match, document) => {
    const f = match.documents.get(document)?.f ?? 0;
    return f ? (idf(table.count, match.df) * (K1 + 1) * f) / (f + K1) : 0;
  };
  return candidates.map((document) => {
    let score = 0;
    // An unfinished word that stands as typed counts as the finished one, if that is more.
    for (const [match, share] of counted) score += share * Math.max(scoreOf(match, document), match.whole ? scoreOf(match.whole, document) : 0);
    if (matches.length > 1) {
      const has = matches.reduce((sum, match, at) => sum + (match.documents.has(document) ? rarity[at] : 0), 0);
      score *= 1 - COVERAGE_SHARE + (COVERAGE_SHARE * has) / all;
    }
    return score * table.prior[document];
  });
}

const inTitles = (match) => [...match.documents].filter(([, own]) => own.title);

// For each document what its title adds, as a share of its score.
function titleBonuses(table, matches, stops) {
  const { TITLE_SHARE, STOP_SHARE, OTHER_FORM, PIECES } = FIGURES;
  const named = new Map();
  const matched = new Map();
  let total = 0;
  const add = (map, document, value) => map.set(document, (map.get(document) ?? 0) + value);
  const count = (match, share) => {
    const found = inTitles(match);
    const rarity = share * rarityOf(table.count, found.length);
    total += rarity;
    for (const [document, own] of found) {
      add(named, document, own.exact ? rarity : OTHER_FORM * rarity);
      add(matched, document, 1);
    }
    if (!match.pieces.length) return;
    const whole = new Set(found.map(([document]) => document));
    const rows = match.pieces.map((piece) => inTitles(piece));
    const sum = rows.reduce((one, row) => one + rarityOf(table.count, row.length), 0);
    for (const row of rows) {
      for (const [document] of row) {
        if (whole.has(document)) continue;
        add(named, document, (PIECES * rarity * rarityOf(table.count, row.length)) / sum);
        add(matched, document, PIECES);
      }
    }
  };
  for (const match of matches) count(match, 1);
  if (!matched.size) return new Map();
  for (const match of stops) count(match, STOP_SHARE);
  const bonuses = new Map();
  for (const [document, terms] of matched) {
    const cover = Math.min(1, terms / Math.max(table.lengths[document * table.width], 1));
    const share = (named.get(document) ?? 0) / total;
    bonuses.set(document, TITLE_SHARE * share * share * (0.5 + 0.5 * cover));
  }
  return bonuses;
}

// Whether one heading of the document has all groups. Between two headings is a gap wider than between words of one.
function hasHeadingOfAll(matches, document) {
  const places = [];
  for (const [number, match] of matches.entries()) {
    const own = match.documents.get(document);
    if (!own) return false;
    for (const [position, field] of own.places) if (field === HEADINGS) places.push([position, number]);
  }
  places.sort(([one], [other]) => one - other);
  let seen = new Set();
  let before = -Infinity;
  for (const [position, number] of places) {
    if (position - before > BLOCK_GAP) seen = new Set();
    seen.add(number);
    before = position;
    if (seen.size === matches.length) return true;
  }
  return false;
}

// By how many positions the distance of two matches in a document differs, at best, from that in the query.
function deviation(left, right, document) {
  const [lefts, rights] = [left.documents.get(document)?.places, right.documents.get(document)?.places];
  if (!lefts || !rights) return Infinity;
  const distance = right.group.position - left.group.position;
  let best = Infinity;
  for (let one = 0, other = 0; one < lefts.length; one++) {
    const wanted = lefts[one][0] + distance;
    while (other < rights.length && rights[other][0] < wanted) other++;
    if (other < rights.length) best = Math.min(best, rights[other][0] - wanted);
    if (other) best = Math.min(best, wanted - rights[other - 1][0]);
  }
  return best;
}

function proximity(matches, document) {
  let total = 0;
  let weights = 0;
  for (let number = 0; number + 1 < matches.length; number++) {
    const [left, right] = [matches[number], matches[number + 1]];
    const weight = 1 / (1 + Math.log1p(Math.max(left.df, right.df)));
    weights += weight;
    const best = deviation(left, right, document);
    if (best < FIGURES.MAX_DEVIATION) total += weight / (1 + best);
  }
  return weights ? total / weights : 0;
}

// The documents whose title begins with the words of the query, as typed and in order. Positions of the title come first.
function beginningTitles(matches, stops, titles) {
  if (Math.max(0, ...titles.values()) < LEAST_BONUS_OF_BEGINNING) return [];
  const all = [...matches, ...stops];
  const plain = all.every(({ group: { clauses } }) => clauses.length === 1 && !clauses[0].words && clauses[0].field === null && (clauses[0].isOpen || !clauses[0].isPrefix));
  if (!plain) return [];
  const first = Math.min(...all.map(({ group }) => group.position));
  const stands = (match, document) =>
    match.documents.get(document)?.places.some(([position, field, weight]) => field === TITLE && position === match.group.position - first && (weight >= 1 || match.group.clauses[0].isOpen));
  return [...titles.keys()].filter((document) => all.every((match) => stands(match, document)));
}

// The documents where a text of several words stands as typed. The index has no places of stop words in the text.
function pastedDocuments(matches, stops) {
  const all = [...matches, ...stops].map(({ group }) => group);
  const isPlain = ({ clauses: [one, ...others] }) => !others.length && one.field === null && (one.words ?? [one]).every((word) => word.isOpen || !word.isPrefix);
  const count = all.reduce((sum, { clauses: [one], times }) => sum + (one.words ?? [one]).length * times, 0);
  if (count < MIN_PASTED || !all.every(isPlain)) return [];
  // Emphasis is a sign too: the _night_ of a pasted text is the night.
  const isTyped = ({ group: { clauses: [one] } }, weight) => weight >= 1 || one.isOpen || one.parts?.length === 1;
  const placesOf = (match) => new Map([...match.documents].map(([document, own]) => [document, new Set(own.places.filter(([, , weight]) => isTyped(match, weight)).map(([position]) => position))]));
  const [first, ...others] = [...matches].sort((one, other) => one.df - other.df);
  const rest = others.map((match) => [match.group.position - first.group.position, placesOf(match)]);
  const stands = ([document, places]) => [...places].some((position) => rest.every(([offset, found]) => found.get(document)?.has(position + offset)));
  return [...placesOf(first)].filter(stands).map(([document]) => document);
}

// Whether any of ``candidates`` has enough of the message ``text`` to be about it.
export function isAnswered(table, text, { matches, stops, names, hasCode, lacksAny }, candidates) {
  const asked = matches.filter((match) => match.df || !match.group.clauses.some((one) => (one.words ?? [one]).some((word) => names.has(word.surface))));
  if (!candidates.length || !asked.length) return true;
  if (Math.max(0, ...titleBonuses(table, matches, stops).values()) >= TITLE_OF_MESSAGE) return true;
  const rarity = asked.map((match) => idf(table.count, match.df));
  const all = rarity.reduce((sum, one) => sum + one, 0);
  const shareOf = (has) => asked.reduce((sum, match, at) => sum + (has(match, at) ? rarity[at] : 0), 0) / all;
  const least = hasCode === false ? MIN_SHARE_WITHOUT_CODE : MIN_MESSAGE_SHARE;
  const about = candidates.filter((document) => shareOf((match) => match.documents.has(document)) >= least);
  if (hasCode || !lacksAny || asked.length === 1) return about.length > 0;
  const begins = LABEL.exec(text)?.[0].length ?? 0;
  const known = matches.filter(({ df, group: { clauses: [one] } }) => df && (one.words ?? [one])[0].start >= begins);
  // A quotation stands as it is, and so does a name such as request.timeout.ms.
  const isPhrase = ({ group: { clauses }, pieces }) => pieces.length > 0 || clauses.flatMap((one) => one.words ?? [one]).length > 1;
  return about.some((document) => {
    const beside = new Set(known.filter((match) => isPhrase(match) && match.documents.has(document)));
    known.slice(1).forEach((right, at) => {
      const left = known[at];
      // A name between two words may have another length in the article.
      const farthest = matches.indexOf(right) - matches.indexOf(left) === 1 ? BESIDE : FIGURES.MAX_DEVIATION - 1;
      if (deviation(left, right, document) <= farthest) beside.add(left).add(right);
    });
    return shareOf((match) => beside.has(match)) >= MIN_FRAGMENT_SHARE;
  });
}

// ``candidates`` (numbers of documents, ascending: newest first) best first. ``exact`` are documents with the kind of what
// is the query.
export function rank(table, matches, stops, candidates, exact) {
  if (!matches.length) return candidates;
  const base = baseScores(table, matches, candidates);
  const titles = titleBonuses(table, matches, stops);
  const best = Math.max(...base, 0) || 1;
  const beginning = new Set(beginningTitles(matches, stops, titles));
  const pasted = new Set(pastedDocuments(matches, stops));
  const rows = candidates.map((document, at) => {
    const begun = beginning.has(document) ? BEGINNING_MULTIPLE : pasted.has(document) ? PASTED_MULTIPLE : 0;
    const boost = Math.max(begun, ...exact.filter(([one]) => one === document).map(([, kind]) => EXACT_MULTIPLES[kind])) * best;
    return { document, base: base[at], bonus: titles.get(document) ?? 0, boost };
  });
  const score = (row) => row.base * (1 + row.bonus) + row.boost;
  if (matches.length > 1) {
    const { HEADING_SHARE, PROXIMITY_SHARE, QUESTION_PROXIMITY_SHARE, QUESTION_WORDS, WINDOW } = FIGURES;
    for (const row of rows) if (hasHeadingOfAll(matches, row.document)) row.bonus += HEADING_SHARE;
    const share = matches.length > QUESTION_WORDS ? QUESTION_PROXIMITY_SHARE : PROXIMITY_SHARE;
    const window = [...rows].sort((one, other) => score(other) - score(one)).slice(0, WINDOW);
    for (const row of window) row.bonus += share * proximity(matches, row.document);
  }
  return rows.sort((one, other) => score(other) - score(one) || one.document - other.document).map((row) => row.document);
}
