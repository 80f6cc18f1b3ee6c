// What was typed → groups of things asked for: the syntax of services/search/text/query.py, the plan of
// services/search/understanding/plan.py. It never fails: what is not syntax is text.

import { isStatement } from "./pasted.js";
import { isCodeWord, tokenize } from "./tokens.js";

export const INFLECTION = 0.8;
export const PREFIX = 0.6;
// A beginning of fewer letters is no word yet.
const MIN_WHOLE = 2;
const PARTS = 0.7;
const SYNONYM = 0.6;
const CLOSED = 0.9;
const NEAR = 0.15;
const MAX_WORDS = 128;

const FIELDS = { title: 0, headings: 1, heading: 1, summary: 2, tag: 3, tags: 3, body: 4, code: 5 };
const ABBREVIATIONS = new Set(["e.g", "i.e", "etc", "eg", "ie", "viz", "cf"]);
const VERSION = /^(?:v\d+(?:\.\d+)*|\d+(?:\.\d+)+)$/;
// A number may be that of a version in titles: Rust 1 is Rust 1.56.
const MAJOR = /^\d{1,3}$/;
const NUMBER = /^\d+(?:\.\d+)?$/;

// A prefix ends with an asterisk that is no emphasis, comment, call or type of a program.
const ASTERISK = /^\*(?![\p{L}\p{N}_*/(&>;])/u;
const POINTER = /^\*\s+[\p{L}_]/u;
const PROGRAM = /[;{}=]|[\p{L}\p{N}_]\(/u;
// A character as HTML writes it: its name is no word, unless there are no others.
const ENTITY = /&(?:[a-z]{2,8}|#\d{2,6}|#x[\da-f]{2,5});/gi;

// Whether the asterisk behind a word asks for longer words.
function isBeginning(text, start, end) {
  if (text[start - 1] === "*" || !ASTERISK.test(text.slice(end, end + 3))) return false;
  return !(POINTER.test(text.slice(end)) && PROGRAM.test(text));
}

// Whether a word names a character: the quot of &quot;
function isEntity(text, start, end) {
  if (text[end] !== ";" || !/[\p{L}\p{N}]/u.test(text.replace(ENTITY, ""))) return false;
  return text.slice(text.lastIndexOf("&", start), end + 1).replace(ENTITY, "") === "";
}

// Whether a word is a bare number.
export const isNumber = ({ surface }) => NUMBER.test(surface);

function atomPattern(attributes) {
  const names = [...Object.keys(FIELDS), ...attributes.map((one) => one.parameter)].join("|");
  return new RegExp(
    "(?:(?<!\\S)(?<minus>-)(?=[^\\s(\\[{-])(?!\\d+(?:[.,]\\d+)*(?!\\S)))?" +
      "(?:(?<![^\\s-])(?<name>" + names + "):(?=[^\\s:]))?" +
      '(?:"(?<phrase>[^"]*)(?<closed>")?|(?<plain>[^\\s"]+))',
    "gi",
  );
}

// The words of ``text``, which begins at ``offset`` of the whole. With ``isPartial`` the last one is being typed.
export function wordsOf(text, offset, whole, stopWords, isPartial) {
  const words = tokenize(text).filter((token) => !isEntity(whole, offset + token.start, offset + token.end));
  return words.map((token) => {
    const end = offset + token.end;
    const isTyped = isPartial && !whole.slice(end).replace(/[+#./:@-]/g, "");
    const isPrefix = isTyped || (whole[end] === "*" && isBeginning(whole, offset + token.start, end));
    return {
      surface: token.surface,
      parts: token.parts.map((one) => ({ ...one, start: offset + one.start, end: offset + one.end })),
      width: token.width,
      start: offset + token.start,
      end,
      isCode: token.parts.length > 0 || isCodeWord(token.surface),
      isPrefix,
      isOpen: isTyped,
      isStop: stopWords.has(token.surface) && !isPrefix,
      field: null,
    };
  });
}

// { groups, excluded, filters, readings }: a group is a list of clauses, any of which is enough; a clause is a word or a
// phrase ({ words, isQuoted, field }).
export function parse(text, table, isPartial) {
  const groups = [];
  const excluded = [];
  const filters = {};
  const readings = [];
  let waiting = false;
  let isJoinable = false;
  let left = MAX_WORDS;
  const hasOperator = !isStatement(text);
  for (const match of text.matchAll(atomPattern(table.attributes))) {
    const { minus, name, phrase, closed, plain } = match.groups;
    const [start, end] = [match.index, match.index + match[0].length];
    const note = (kind, instead) => readings.push({ kind, start, end, instead });
    const value = phrase ?? plain;
    const from = phrase === undefined ? end - plain.length : start + match[0].indexOf('"') + 1;
    let field = name === undefined ? null : (FIELDS[name.toLowerCase()] ?? null);
    const asText = [name, value.replace(/\*+$/, "").trim()].filter(Boolean).join(" ");
    const wordsIn = (written, at) => wordsOf(written, at, text, table.stopWords, isPartial && !closed).slice(0, Math.max(0, left));
    if (match[0] === "OR" && hasOperator) {
      waiting = isJoinable;
      if (!isJoinable) groups.push(...wordsOf("OR", start, text, table.stopWords, false).map((one) => [one]));
      continue;
    }
    if (minus) {
      const found = wordsOf(value, from, text, table.stopWords, false);
      left -= found.length;
      if (found.length === 1 && plain) excluded.push({ ...found[0], field, text: match[0], at: start });
      else if (found.length) excluded.push({ words: found, isQuoted: true, field, text: match[0], at: start });
      if (found.length) note("exclusion", asText);
      isJoinable = waiting = false;
      continue;
    }
    const attribute = name && table.attributes.find((one) => one.parameter === name.toLowerCase());
    const isBeingTyped = isPartial && end === text.length && !closed;
    if (attribute && !(attribute.isMany && isBeingTyped) && mayBe(attribute, value)) {
      const wanted = valueOf(attribute, value);
      if (attribute.isMany) (filters[attribute.name] ??= []).push(wanted);
      else filters[attribute.name] = [wanted];
      note("filter", asText);
      isJoinable = waiting = false;
      continue;
    }
    let isPhrase = phrase !== undefined;
    let found = name === undefined || field !== null ? wordsIn(value, from) : [];
    if (name !== undefined && !found.length) {
      // year:soon and title:"" are text.
      [field, isPhrase] = [null, false];
      found = wordsIn(match[0], start);
    }
    left -= found.length;
    if (found.length && (field !== null || (isPhrase && closed))) note(field === null ? "phrase" : "field", asText);
    else if (found.some((one) => one.isPrefix && !one.isOpen)) note("beginning", asText);
    if (!found.length) continue;
    const clauses =
      isPhrase
        ? [{ words: found, isQuoted: Boolean(closed), field }]
        : found.map((one) => ({ ...one, field, isStop: one.isStop && field === null }));
    if (waiting) {
      groups.at(-1).push(clauses.shift());
      readings.push({ kind: "either", start: text.lastIndexOf("OR", start), end: text.lastIndexOf("OR", start) + 2, instead: "or" });
      waiting = false;
    }
    groups.push(...clauses.map((one) => [one]));
    isJoinable = true;
  }
  return { groups, excluded, filters, readings };
}

// Whether what was typed can be a value of an attribute: any name, or a year.
const mayBe = ({ isName }, typed) => (isName ? /[\p{L}\p{N}]/u : /^\d{4}$/).test(typed);

// What a value typed for an attribute is stored as: it may be the value itself, its label, or words of its slug.
export function valueOf(attribute, typed) {
  const words = typed.replace(/[\u0130\u0131]/g, "i").toLowerCase().trim(); // as in the slugs of tags
  const slug = words.normalize("NFKD").replace(/['\u2019\u0300-\u036f]/g, "").replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  const values = attribute.values.map(([value]) => value);
  const labelled = attribute.values.find(([, label]) => String(label).toLowerCase() === words)?.[0];
  return [words, labelled, slug, Number(words)].find((one) => values.includes(one)) ?? words;
}

const terms = (surface, weight = 1, more = {}) => ({ surface, weight, isStemmed: !isCodeWord(surface), isPrefix: false, field: null, ...more });

function wordTerms(word, field) {
  const isFixed = word.isCode || (word.isPrefix && !word.isOpen) || isCodeWord(word.surface);
  return terms(word.surface, 1, { isStemmed: !isFixed, isPrefix: word.isPrefix, field });
}

// The parts of a compound at their places, the inner ones where names stand in names. The index has no places of stop
// words in the text: any word may stand there.
function partSteps(word, stopWords) {
  if (word.parts.length === 1) return [[0, [terms(word.parts[0].surface, 1, { isStemmed: false })]]];
  const at = new Map(word.parts.map((part) => [part.position, part.surface]));
  const all = [...at].sort(([one], [other]) => one - other).map(([position, surface]) => [position, [terms(surface), ...longer(surface)]]);
  const steps = withoutStops(all, stopWords);
  if (word.isPrefix) steps.at(-1)[1][0].isPrefix = true;
  return steps;
}

// The longer versions that a version is the beginning of: 1.56.0 of 1.56.
function longer(surface, more = {}, weight = 1) {
  return VERSION.test(surface) ? [terms(`${surface}.`, weight, { isStemmed: false, isPrefix: true, ...more })] : [];
}

function withoutStops(steps, stopWords) {
  const kept = steps.filter(([, [one]]) => !stopWords.has(one.surface));
  return kept.length ? kept : steps;
}

function alternatives(clause, stopWords) {
  const { field } = clause;
  if (clause.words) {
    if (clause.words.length === 1 && !clause.words[0].parts.length) return [wordTerms(clause.words[0], field)];
    const steps = [];
    let offset = 0;
    for (const word of clause.words) {
      if (word.parts.length > 1) steps.push(...partSteps(word, stopWords).map(([at, found]) => [offset + at, found]));
      else if (!stopWords.has(word.surface)) steps.push([offset, [wordTerms(word, null), ...word.parts.map((one) => terms(one.surface))]]);
      offset += word.width;
    }
    return steps.length ? [{ steps, weight: 1, field, isQuoted: true }] : [terms(clause.words[0].surface, 1, { field })];
  }
  const found = [wordTerms(clause, field)];
  for (const near of clause.near ?? []) found.push(terms(near, NEAR, { field }));
  for (const words of clause.respaced ?? []) found.push(respacedTerms(words));
  // No article with a variable p is about -p.
  if (clause.parts.length && !/^-[a-z]$/.test(clause.surface)) {
    found.push({ steps: partSteps(clause, stopWords), weight: PARTS, field });
    if (clause.parts.length === 1) found.push(...longer(clause.parts[0].surface, { field }, PARTS));
    const whole = clause.parts[0];
    if (clause.parts.length > 1 && whole.end === clause.parts.at(-1).end && !clause.isPrefix) found.push(terms(whole.surface, CLOSED, { field }));
  }
  if (!clause.isPrefix && VERSION.test(clause.surface)) found.push(...longer(clause.surface, { field }));
  else if (MAJOR.test(clause.surface) && !clause.isPrefix && field === null) found.push(terms(`${clause.surface}.`, 1, { isStemmed: false, isPrefix: true, field: FIELDS.title }));
  return found;
}

// The same word with another space: one word, or several side by side.
function respacedTerms(words) {
  if (words.length === 1) return terms(words[0], CLOSED);
  return { steps: words.map((one, at) => [at, [terms(one)]]), weight: CLOSED, field: null };
}

const labelOf = (clause) => (clause.words ? clause.words.map((one) => one.surface).join(" ") : clause.surface);

export function groupOf(clauses, stopWords, position = 0) {
  const [first] = clauses;
  const isCompound = clauses.length === 1 && !first.words && first.parts.length > 1 && first.field === null && !first.isPrefix && !NUMBER.test(first.surface);
  // EC2 is not about every 2.
  const isPiece = (one) => one !== first.surface && one.length > 1 && !NUMBER.test(one) && !stopWords.has(one);
  const pieces = isCompound ? [...new Set(first.parts.map((part) => part.surface))].filter(isPiece) : [];
  return {
    label: clauses.map(labelOf).join(" OR "),
    clauses,
    alternatives: clauses.flatMap((one) => alternatives(one, stopWords)),
    position,
    times: 1,
    isOptional: clauses.every((one) => !one.words && (one.isStop || ABBREVIATIONS.has(one.surface))),
    isRequired: clauses.some((one) => one.field !== null || one.isQuoted),
    pieces: pieces.map((surface) => terms(surface)),
    whole: clauses.length === 1 ? wholeOf(first, stopWords, position) : null,
  };
}

// The group of a word that is still being typed as if it were finished. A number goes on more often than not.
function wholeOf(word, stopWords, position) {
  if (!word.isOpen || [...word.surface].length < MIN_WHOLE || stopWords.has(word.surface) || NUMBER.test(word.surface)) return null;
  return { ...groupOf([{ ...word, isPrefix: false, isOpen: false }], stopWords, position), pieces: [] };
}

const widthOf = (clause) => (clause.words ? clause.words.reduce((sum, word) => sum + word.width, 0) : clause.width);

// The groups of a parsed query. ``groupNumber`` gives the number of a word's group, ``undefined`` for an unknown word.
export function plan(parsed, table, groupNumber) {
  const { stopWords } = table;
  let position = 0;
  const groups = parsed.groups.map((clauses) => {
    const group = groupOf(clauses, stopWords, position);
    position += widthOf(clauses[0]);
    return group;
  });
  addSynonyms(groups, table, groupNumber);
  if (groups.every((group) => group.isOptional)) for (const group of groups) group.isOptional = false;
  const merged = new Map();
  for (const group of groups) {
    const [only, ...others] = group.alternatives;
    const isPlain = !others.length && only.isStemmed && !only.isPrefix && only.field === null;
    const key = isPlain ? `${groupNumber(only.surface) ?? only.surface} ${group.isOptional}` : `${group.label} ${group.isRequired} ${only.field}`;
    const before = merged.get(key);
    if (!before) merged.set(key, group);
    else {
      before.times += 1;
      before.alternatives.push(...group.alternatives.filter((one) => one.surface !== before.alternatives[0].surface));
    }
  }
  const excluded = parsed.excluded.map((clause) => groupOf([clause], stopWords));
  return { groups: [...merged.values()], excluded };
}

// What says the same as a word, or as the run of plain words that it is part of.
function addSynonyms(groups, { synonyms, longest, stopWords }, groupNumber) {
  if (!synonyms.size) return;
  const wordAt = groups.map(({ clauses: [one, ...others] }) => (others.length || one.words || one.field !== null || (one.isPrefix && !one.isOpen) ? null : one.surface));
  const keysOf = (surface) => (isCodeWord(surface) ? surface.split(/(?<=\w)[^\w+#]+(?=\w)/) : [surface]).map((one) => groupNumber(one) ?? one);
  for (let start = 0; start < groups.length; ) {
    let [found, last] = [null, start];
    const key = [];
    for (let end = start; end < groups.length && wordAt[end] !== null; end++) {
      key.push(...keysOf(wordAt[end]));
      if (key.length > longest) break;
      const equals = synonyms.get(key.join(" ")) ?? (end === start ? synonyms.get(String(groupNumber(wordAt[start]) ?? wordAt[start])) : undefined);
      if (equals) [found, last] = [equals, end];
    }
    if (found) {
      const added = found.map((words) =>
        words.length === 1 ? terms(words[0], SYNONYM) : { steps: withoutStops(words.map((one, at) => [at, [terms(one)]]), stopWords), weight: SYNONYM, field: null },
      );
      for (const group of groups.slice(start, last + 1)) for (const one of [group, group.whole]) one?.alternatives.push(...added);
    }
    start = last + 1;
  }
}
