// Words that no article has: put together, cut apart, or spelt as the site spells them. The rules and figures are those of
// services/search/understanding/correction.py; the words looked at are those that begin with the same letter.

import { lowerBound } from "./index.js";

const COMMONNESS = 0.2;
const LETTER_TOO_MANY = -0.8;
const LETTER_TOO_FEW = 3.3;
const CHANGED_PLACES = 2.2;
const TWO_EDITS = -4.5;
const IN_TITLE = 1.5;
const LONELY = -1.6;
const OTHER_FORM = -3.0;
// A word of the site with this rank leaves no doubt, so that no other form of another one is looked for.
const CLEAR = 1.0;
const SURE = 0.9;
const NEAREST = 12;
// Lengths from which on a word is replaced whatever the edit; unless a letter was added at an end; and if letters changed
// places or a title has what was meant.
const LONG = 8;
const MIDDLE = 5;
const SHORT = 4;
const FIRST_LETTER_FROM = 6;
const FIRST_LETTER_OFFERED_FROM = 5;
const OFFERED_FROM = 4;

// Optimal string alignment: letters put in, left out, changed, or neighbours exchanged. ``limit`` + 1 for more than that.
export function distance(one, other, limit) {
  if (Math.abs(one.length - other.length) > limit) return limit + 1;
  let previous = [];
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const before = previous;
    previous = row;
    row = [i];
    for (let j = 1; j <= other.length; j++) {
      const cost = one[i - 1] === other[j - 1] ? 0 : 1;
      row[j] = Math.min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + cost);
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    if (Math.min(...row) > limit) return limit + 1;
  }
  return row[other.length];
}

const isExchange = (word, surface) => word.length === surface.length && word !== surface && [...word].sort().join("") === [...surface].sort().join("");

// The words that begin with the first letter of ``word``; or with the second, if the first was not hit or changed places.
const lexiconsOf = (index, word) => Promise.all([...new Set([word[0], word[1]])].map((letter) => index.lexicon(letter)));

const unpacked = (weight) => ({ weight: Math.exp(((weight >> 2) - 8) / 4), isInTitle: Boolean(weight & 2), isLonely: Boolean(weight & 1) });

// The words of the site near ``word``: { surface, weight, isInTitle, isLonely, edits, group }.
function near(lexicons, word) {
  if (word.length < 3) return [];
  for (const edits of word.length >= 6 ? [1, 2] : [1]) {
    const found = [];
    for (const lexicon of lexicons) {
      lexicon.words.forEach((surface, at) => {
        const weight = lexicon.weights[at];
        if (weight < 8 || (edits > 1 && surface[0] !== word[0]) || distance(word, surface, edits) > edits) return;
        found.push({ surface, group: lexicon.groups[at], ...unpacked(weight), edits });
      });
    }
    if (found.length) return found.sort((one, other) => other.weight - one.weight).slice(0, NEAREST);
  }
  return [];
}

// The words within one edit of ``word`` that the site has in other forms; each weighs as much as these together.
function forms(lexicons, word) {
  const found = [];
  for (const { words, groups, weights } of lexicons) {
    words.forEach((surface, at) => {
      if (weights[at] !== 0 || distance(word, surface, 1) > 1) return;
      const own = weights.filter((weight, other) => groups[other] === groups[at] && weight >= 8).map(unpacked);
      if (!own.length) return;
      const weight = own.reduce((sum, one) => sum + one.weight, 0);
      const isLonely = own.length === 1 && own[0].isLonely;
      found.push({ surface, group: groups[at], weight, isInTitle: own.some((one) => one.isInTitle), isLonely, edits: 1, isForm: true });
    });
  }
  return found;
}

function rank(word, one, stopWords) {
  let rank = COMMONNESS * Math.log(one.weight);
  if (one.edits > 1) rank += TWO_EDITS;
  else if (word.length > one.surface.length) rank += LETTER_TOO_MANY;
  else if (word.length < one.surface.length) rank += LETTER_TOO_FEW;
  else if (isExchange(word, one.surface)) rank += CHANGED_PLACES;
  return rank + (stopWords.has(one.surface) ? -1.6 : 0) + IN_TITLE * one.isInTitle + LONELY * one.isLonely + (one.isForm ? OTHER_FORM : 0);
}

// Whether so much of the best is in ``word`` that it can be taken for it.
function isRecognisable(word, { surface, isInTitle }) {
  const hasMore = word.length > surface.length && (word.startsWith(surface) || word.endsWith(surface));
  if (word.length >= LONG) return true;
  if (word.length >= MIDDLE) return !hasMore;
  return word.length === SHORT && (isExchange(word, surface) || (isInTitle && !hasMore));
}

const NOTHING = { surfaces: [], isSure: false, isMistyped: false };

// What ``word`` may have been meant to be, likeliest first; whether the first is sure; and whether the word does not exist.
// The index names the existing words within one edit of one of the site, so of others that is unknown: a word near another
// form of one of the site may exist, and that form is only offered.
export async function meant(index, word) {
  const { stopWords } = index.opened;
  const { words, known, spelt } = await index.lexicon(word);
  // Another form of a word that the site has only in code exists as well.
  const isKnown = known.has(word) || words[lowerBound(words, word)] === word;
  if (isKnown && (word.length < OFFERED_FROM || spelt.has(word))) return NOTHING;
  const lexicons = await lexiconsOf(index, word);
  const withRank = (one) => ({ ...one, rank: rank(word, one, stopWords) });
  const ranked = near(lexicons, word).map(withRank);
  if (isKnown && ranked.every((one) => one.edits > 1)) return NOTHING;
  if (!isKnown && word.length >= MIDDLE && ranked.every((one) => one.rank < CLEAR)) ranked.push(...forms(lexicons, word).map(withRank));
  ranked.sort((one, other) => other.rank - one.rank || (one.surface < other.surface ? -1 : 1));
  const isLikely = ({ surface }, least) => surface[0] === word[0] || word.length >= least || isExchange(word, surface) || surface.slice(1) === word;
  const least = isKnown ? FIRST_LETTER_FROM : FIRST_LETTER_OFFERED_FROM;
  const usable = ranked.filter((one) => !stopWords.has(one.surface) && isLikely(one, least));
  const [best] = usable;
  // A slip of a stop word (teh) is left as it is.
  if (!best || ranked.some((one) => stopWords.has(one.surface) && one.edits === 1 && one.rank >= best.rank)) return NOTHING;
  const share = (one) => Math.exp(one.rank - best.rank);
  const own = usable.filter((one) => one.group === best.group).reduce((sum, one) => sum + share(one), 0);
  const likelihood = own / usable.reduce((sum, one) => sum + share(one), 0);
  const isSure = !isKnown && !best.isForm && best.edits === 1 && isLikely(best, FIRST_LETTER_FROM) && likelihood >= SURE && isRecognisable(word, best);
  return { surfaces: usable.map((one) => one.surface), isSure, isKnown, isMistyped: !isKnown && !best.isForm && best.edits === 1 };
}

// The ways to cut ``word`` into two words of the site.
export async function cuts(index, word) {
  const found = [];
  if (!/^\p{L}{4,40}$/u.test(word)) return found;
  for (let at = 2; at <= word.length - 2; at++) {
    const pieces = [word.slice(0, at), word.slice(at)];
    if (pieces.some((one) => index.opened.stopWords.has(one))) continue;
    const entries = [];
    for (const piece of pieces) {
      const entry = await index.find(piece);
      if (!entry?.weight) break;
      entries.push(entry);
    }
    if (entries.length === 2) found.push(pieces);
  }
  return found;
}

// Words that ``letters`` may become but for one edit, most common first.
export async function beginnings(index, letters) {
  if (letters.length < 4) return [];
  const lexicon = await index.lexicon(letters);
  const found = [];
  const first = lowerBound(lexicon.words, letters[0]);
  for (let at = first; lexicon.words[at]?.[0] === letters[0]; at++) {
    const surface = lexicon.words[at];
    if (lexicon.weights[at] < 8) continue;
    if ([0, 1, -1].some((more) => distance(letters, surface.slice(0, letters.length + more), 1) <= 1)) found.push([surface, lexicon.weights[at]]);
  }
  return found.sort(([, one], [, other]) => other - one).slice(0, NEAREST).map(([surface]) => surface);
}
