// A document → its hit: the title with its matches, the best sections with their snippets, as the service shows them.

import { tokenize } from "./tokens.js";
import { idf } from "./ranking.js";

const MAX_SECTIONS = 3;
// services/search/arrays/showing/sections.py, snippets.py and windows.py; lengths are letters here, not bytes.
const WEIGHTS = [0, 5, 0, 0, 1, 0.5, 0.5];
const MOST_CODE = 4;
const K = 4;
const COVERAGE = 0.2;
const SIDE_BY_SIDE = 1;
const EXACT_HEADING = 0.5;
const MAX_STEP = 2;
const SHOWN_SHARE = 0.35;
const SNIPPET = 220;
const LEAD = 110;
const CODE_LINES = 3;
const REPEATED = 0.01;
const IN_CODE = 0.85;
const BLOCK_GAP = 12;
const SENTENCE_END = /[.!?]["')\]]*\s|[:;]\s|\u3002|[\uff01\uff1f]/g;
const [TITLE, HEADINGS, BODY, CODE] = [0, 1, 4, 5];

// The sections to show: numbers of ``sections``, best first.
function bestSections(sections, matches, document, rarity) {
  const rows = new Map();
  const places = matches.flatMap((match, group) => (match.documents.get(document)?.places ?? []).map(([position, field, weight]) => ({ position, field, weight, group })));
  places.sort((one, other) => one.position - other.position || one.group - other.group);
  let at = -1;
  let before = null;
  for (const place of places) {
    const counted = WEIGHTS[place.field] * place.weight;
    if (!counted) continue;
    while (at + 1 < sections.length && sections[at + 1][2] <= place.position) at++;
    if (at < 0) continue;
    if (!rows.has(at)) rows.set(at, { prose: new Map(), code: new Map(), pairs: new Set(), heading: new Set() });
    const row = rows.get(at);
    const table = place.field === CODE ? row.code : row.prose;
    table.set(place.group, (table.get(place.group) ?? 0) + counted);
    if (place.field === HEADINGS) row.heading.add(place.group);
    if (before && before.at === at && place.group - before.group === 1) {
      const step = place.position - before.position;
      if (step > 0 && step <= MAX_STEP) row.pairs.add(before.group);
    }
    before = { at, ...place };
  }
  const width = matches.length;
  const scored = [...rows].map(([number, row]) => {
    let score = 0;
    let having = 0;
    for (let group = 0; group < width; group++) {
      const code = row.code.get(group) ?? 0;
      const value = (row.prose.get(group) ?? 0) + (MOST_CODE * code) / (MOST_CODE + code);
      score += (rarity[group] * value) / (K + value);
      having += value > 0;
    }
    if (width > 1) score *= (1 + COVERAGE * (having - 1)) * (1 + (SIDE_BY_SIDE / (width - 1)) * row.pairs.size);
    if (row.heading.size === width && sections[number][3] - sections[number][2] <= width + BLOCK_GAP) score *= 1 + EXACT_HEADING;
    return { number, score };
  });
  const best = Math.max(0, ...scored.map((one) => one.score));
  return scored
    .filter((one) => one.score >= SHOWN_SHARE * best)
    .sort((one, other) => other.score - one.score || one.number - other.number)
    .slice(0, MAX_SECTIONS)
    .map((one) => one.number);
}

// Where words of the query stand in a text: { start, end, group, weight }, in order.
function spansIn(text, matches, field) {
  const spans = [];
  const tokens = tokenize(text);
  const places = tokens.flatMap((token) => [token, ...token.parts.map((part) => ({ ...part, position: token.position + part.position }))]);
  matches.forEach((match, group) => {
    for (const place of places) {
      const found = (match.surfaces.get(place.surface) ?? []).filter(({ only }) => only === null || only === field);
      const weight = Math.max(0, ...found.map(({ prose, code }) => (field === CODE ? code : prose)));
      if (weight) spans.push({ start: place.start, end: place.end, group, weight });
    }
    for (const sequence of match.group.alternatives) {
      const isHere = sequence.steps && (sequence.field === null || sequence.field === field);
      if (isHere) for (const span of sequenceSpans(places, sequence)) spans.push({ ...span, group, weight: sequence.weight });
    }
  });
  return spans.sort((one, other) => one.start - other.start || other.end - one.end);
}

function* sequenceSpans(places, { steps }) {
  const at = new Map();
  for (const place of places) at.set(place.position, [...(at.get(place.position) ?? []), place]);
  const stands = (position, alternatives) =>
    at.get(position)?.find((place) => alternatives.some(({ surface, isPrefix, isStemmed }) => place.surface === surface || (isPrefix && place.surface.startsWith(surface)) || (isStemmed && isAlike(place.surface, surface))));
  const [[first, opening]] = steps;
  for (const position of at.keys()) {
    const start = stands(position, opening);
    if (!start) continue;
    const rest = steps.slice(1).map(([offset, alternatives]) => stands(position + offset - first, alternatives));
    if (rest.every(Boolean)) yield { start: start.start, end: Math.max(start.end, ...rest.map((one) => one.end)) };
  }
}

// Whether two words may be inflections of one: what the index says of postings, a text says by its letters.
function isAlike(one, other) {
  let shared = 0;
  while (shared < Math.min(one.length, other.length) && one[shared] === other[shared]) shared++;
  return shared >= 4 && one.length - shared <= 3 && other.length - shared <= 3;
}

// ``text`` in pieces [text, is match].
function marked(text, spans, first = 0, last = text.length) {
  const pieces = [];
  let at = first;
  let open = null;
  const close = () => {
    if (!open) return;
    if (open.start > at) pieces.push([text.slice(at, open.start), false]);
    pieces.push([text.slice(open.start, open.end), true]);
    at = open.end;
    open = null;
  };
  for (const span of spans) {
    if (span.start < first || span.end > last) continue;
    if (open && span.start <= open.end) open.end = Math.max(open.end, span.end);
    else {
      close();
      open = { start: span.start, end: span.end };
    }
  }
  close();
  if (at < last) pieces.push([text.slice(at, last), false]);
  return pieces;
}

// The densest place of a section: the block, and from where to where.
function densest(blocks, rarity) {
  const highest = Math.max(...rarity, 0) || 1;
  let best = null;
  for (const block of blocks) {
    block.spans.forEach((span, number) => {
      const counted = new Map();
      let reach = span.end;
      let last = number;
      for (; last < block.spans.length && block.spans[last].start <= span.start + SNIPPET - LEAD; last++) {
        const { group, weight, end } = block.spans[last];
        counted.set(group, Math.max(counted.get(group) ?? 0, (rarity[group] / highest) * weight));
        reach = end;
      }
      let score = [...counted.values()].reduce((sum, one) => sum + one, 0) + REPEATED * (last - number);
      if (block.isCode) score *= IN_CODE;
      if (!best || score > best.score + REPEATED / 2) best = { score, block, focus: span.start, reach };
    });
  }
  return best;
}

function ends(text, from, to) {
  SENTENCE_END.lastIndex = from;
  const found = [];
  for (let match = SENTENCE_END.exec(text); match && match.index + match[0].length <= to; match = SENTENCE_END.exec(text)) found.push(match);
  return found;
}

function sentence(text, focus, reach) {
  let first = 0;
  if (focus > LEAD) {
    const lead = focus - LEAD;
    const [found] = ends(text, lead, focus);
    const space = text.indexOf(" ", lead);
    first = found ? found.index + found[0].length : space >= 0 && space < focus ? space + 1 : lead;
  } else if (text.length > SNIPPET) {
    const found = ends(text, 0, focus).at(-1);
    if (found) first = found.index + found[0].length;
  }
  const limit = Math.max(first + SNIPPET, reach);
  if (limit >= text.length) return [first, text.length];
  const found = ends(text, Math.max(reach, first + SNIPPET / 2), limit).at(-1);
  if (found) return [first, found.index + found[0].trimEnd().length];
  const space = text.lastIndexOf(" ", limit - 1);
  return [first, space >= reach ? space : limit];
}

function lines(text, focus, reach) {
  let first = text.lastIndexOf("\n", focus - 1) + 1;
  if (focus - first > SNIPPET) first = focus - LEAD;
  let last = first;
  for (let line = 0; line < CODE_LINES; line++) {
    const end = text.indexOf("\n", last);
    const stop = end < 0 ? text.length : end;
    if (last > first && stop - first > SNIPPET && last > reach) break;
    last = Math.min(stop + 1, text.length);
  }
  if (last > first && text[last - 1] === "\n") last -= 1;
  return [first, Math.min(last, first + 2 * SNIPPET)];
}

function snippetOf(section, matches, rarity) {
  const blocks = section[4].map(([kind, text]) => ({ text, isCode: kind === 1, spans: spansIn(text, matches, kind === 1 ? CODE : BODY) }));
  const found = densest(blocks, rarity);
  if (!found) {
    const [block] = blocks;
    if (!block) return { snippet: [], isCode: false };
    return cut(block, 0, 0);
  }
  return cut(found.block, found.focus, Math.min(found.reach, found.block.text.length));
}

function cut({ text, isCode, spans }, focus, reach) {
  const [first, last] = isCode ? lines(text, focus, reach) : sentence(text, focus, reach);
  const pieces = marked(text, spans, first, last);
  if (isCode) return { snippet: dedented(pieces), isCode };
  if (first > 0 && pieces.length && !/^\p{Lu}/u.test(pieces[0][0])) pieces.unshift(["… ", false]);
  if (last < text.length && pieces.length && !/[.!?]\s*$/.test(pieces.at(-1)[0])) pieces.push([" …", false]);
  return { snippet: pieces, isCode };
}

// Lines of code without the indent that all of them have.
function dedented(pieces) {
  const whole = pieces.map(([text]) => text).join("");
  const indents = whole.split("\n").filter((line) => line.trim()).map((line) => line.length - line.trimStart().length);
  const indent = Math.min(...indents, 80);
  if (!indent || !indents.length) return pieces;
  let column = 0;
  return pieces
    .map(([text, isMatch]) => [
      [...text].filter((letter) => ((column = letter === "\n" ? 0 : column + 1), !(column > 0 && column <= indent))).join(""),
      isMatch,
    ])
    .filter(([text]) => text);
}

export function hitOf(table, matches, document, { url, title, frame, sections }) {
  const rarity = matches.map((match) => (match.df ? idf(table.count, match.df) : 0));
  const chosen = bestSections(sections, matches, document, rarity);
  const shown = chosen.map((number) => {
    const [anchor, heading] = sections[number];
    return { anchor, heading, url: anchor ? `${url}#${anchor}` : url, ...snippetOf(sections[number], matches, rarity) };
  });
  return { url, frame, title: marked(title, spansIn(title, matches, TITLE)), sections: shown };
}
