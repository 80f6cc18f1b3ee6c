// What was typed → the query as this site understands it, in the steps of services/search/understanding/understand.py: options,
// words in two spellings, compounds, quotations of a pasted text, and words that no article has.

import { match } from "./matching.js";
import { isCode, isCommand, isData, isMessage, isTimestamp, isOption, isProgramName } from "./pasted.js";
import { groupOf, isNumber, parse, plan, wordsOf } from "./query.js";
import { straightened } from "./quotes.js";
import { beginnings, cuts, meant } from "./spelling.js";
import { tokenize } from "./tokens.js";

const MAX_OFFERS = 3;
const MAX_REPAIRS = 8;
// Words beside a quotation from which on they are what is asked, and from which on a text is a message.
const MIN_BESIDE = 3;
const MESSAGE_WORDS = 6;
// Shorter words that two others make, or that are made of two, are so by chance.
const MIN_JOINT = 6;
const MIN_HALF = 3;
const MAX_NAME_WORDS = 3;
const PARTICLES = new Set(["by", "in", "on", "up"]);
// Letters and numbers with hyphens and dots between them, of which one at least is a number.
const NAMED_NUMBER = /^(?=.*(?<!\p{L})\d)[\p{L}\p{N}]+(?:[-.][\p{L}\p{N}]+)+$/u;
// A word, or several with hyphens between them, that stand between blanks; a sign of punctuation may follow.
const RUN = /(?<!\S)\p{L}+(?:-\p{L}+)*(?=[.?!]*(?:[\s,;]|$))/gu;
const EXCEPTIONS = /(?:error|exception|failure)$/;

export class Understanding {
  constructor(index, query, isPartial) {
    const straight = { ...query, text: straightened(query.text) };
    Object.assign(this, { index, asked: query, query: straight, isPartial, table: index.opened, matches: new Map(), numbers: new Map() });
  }

  async match(group) {
    const key = JSON.stringify([group.alternatives, group.pieces]);
    if (!this.matches.has(key)) this.matches.set(key, await match(this.index, group));
    return { ...this.matches.get(key), group };
  }

  async count(clauses) {
    return (await this.match({ ...groupOf(clauses, this.table.stopWords), pieces: [] })).df;
  }

  // Plans need the numbers of words at once: look all of them up before.
  async plan(parsed) {
    const words = parsed.groups.flat().flatMap((clause) => clause.words ?? [clause]);
    const surfaces = words.flatMap((word) => [word.surface, ...word.surface.split(/[^\p{L}\p{N}+#]+/u)]).filter(Boolean);
    await Promise.all(
      [...new Set(surfaces)].map(async (surface) => this.numbers.set(surface, (await this.index.find(surface))?.group)),
    );
    return plan(parsed, this.table, (surface) => this.numbers.get(surface));
  }

  async understand() {
    const { text, isExact } = this.query;
    let parsed = parse(text, this.table, this.isPartial);
    if (!isExact) parsed = await this.withJoints(await this.withOptions(parsed));
    parsed = await this.withParts(parsed);
    parsed.unquoted = [];
    if (!isExact) parsed = await this.withoutOpenQuotation(await this.withoutNames(parsed));
    let planned = await this.plan(parsed);
    const understood = { text, correction: null, offers: [], readings: [] };
    const isBlank = !text.replace(this.isPartial ? /["\s-]/g : /\s/g, "");
    const saysNothing = !isBlank && !parsed.groups.length && !parsed.excluded.length && !Object.keys(parsed.filters).length;
    const asked = planned.groups.filter((group) => !group.isOptional).length;
    const isUnknownName = !isExact && this.isUnknownName(parsed);
    if (isUnknownName) Object.assign(understood, await this.nameOf(parsed, planned));
    understood.isMessage = !isExact && !this.isPartial && isMessage(text, asked);
    let edits = [];
    if (!isExact && !isUnknownName) {
      const repaired = await this.repaired(parsed);
      edits = [...repaired.edits, ...parsed.unquoted];
      if (edits.length) {
        planned = await this.plan({ ...parsed, groups: repaired.groups });
        understood.text = understood.correction = edited(text, edits);
      }
      // A reader mistypes words, a program does not.
      understood.isMessage &&= !repaired.edits.length && !repaired.isMistyped;
      // An offer is for the whole text: one that lies in a quotation that is taken apart has no place in it.
      const isInside = ([start]) => parsed.unquoted.some(([first, last]) => first <= start && start < last);
      const offers = understood.isMessage ? [] : repaired.offers.filter((edit) => !isInside(edit));
      // It stands in the place of what was searched there.
      const beside = ([start, end]) => edits.filter(([first, last]) => last <= start || end <= first);
      understood.offers = offers.slice(0, MAX_OFFERS).map((edit) => edited(text, [...beside(edit), edit]));
    }
    understood.readings = parsed.readings.map(({ kind, start, end, instead }) => {
      const beside = edits.filter(([first, last]) => last <= start || end <= first);
      return { kind, typed: text.slice(start, end), instead: edited(text, [...beside, [start, end, instead]]) };
    });
    const groups = await Promise.all(planned.groups.map((group) => this.match(group)));
    understood.matches = groups.filter(({ group }) => !group.isOptional);
    understood.stops = groups.filter(({ group }) => group.isOptional);
    understood.excluded = await Promise.all(planned.excluded.map((group) => this.match(group)));
    understood.filters = parsed.filters;
    const lost = await this.lost(understood.matches);
    // An article with the number alone says nothing about SOC 2.
    const has = understood.matches.filter(({ df }) => df).flatMap(({ group }) => group.clauses.flatMap((one) => one.words ?? [one]));
    understood.findsNothing = saysNothing || (has.length > 0 && has.every(isNumber) && !lost.every(isNumber));
    // The index has stop words in few fields only.
    const told = lost.filter((word) => !this.table.stopWords.has(word.surface));
    const split = understood.isMessage ? this.splitNames(understood.matches) : [];
    const apart = told.filter((word) => !split.some(({ start, end }) => start <= word.start && word.start < end));
    understood.missing = isUnknownName ? [text.trim()] : namesOf([...apart, ...split].sort((one, other) => one.start - other.start), text);
    const isName = (word) => isTimestamp(text.slice(word.start, word.end)) || parsed.unquoted.some(([first, last]) => first <= word.start && word.start < last);
    understood.names = new Set(lost.filter(isName).map((word) => word.surface));
    const isOne = (word) => isCode(text.slice(word.start, word.end));
    const names = understood.matches.some(({ group }) => group.clauses.some((one) => (one.words ?? [one]).some(isOne)));
    understood.hasCode = lost.some(isOne) ? false : names || null;
    understood.lacksAny = lost.length > 0 || split.length > 0;
    return understood;
  }

  // The names, such as left-pad, of which there are several words, because no article has the name.
  splitNames(matches) {
    const starts = matches.flatMap(({ group }) => group.clauses.flatMap((one) => one.words ?? [one])).map((word) => word.start);
    return tokenize(this.query.text).filter(({ start, end, parts }) => parts.length && starts.filter((at) => start <= at && at < end).length > 1);
  }

  // The words that no article has: of a phrase, those that no article has by themselves.
  async lost(matches) {
    const found = [];
    for (const { group, df } of matches) {
      if (df) continue;
      const words = group.clauses.flatMap((one) => one.words ?? [one]);
      for (const word of words) if (words.length === 1 || !(await this.count([{ ...word, field: null }]))) found.push(word);
    }
    return found;
  }

  // Exclusions that are options of a command, or of what no article has, are text.
  async withOptions(parsed) {
    const { text } = this.query;
    // A filter is no port: year:2026
    const filters = parsed.readings.filter(({ kind }) => kind === "filter").map(({ start, end }) => [start, end, ""]);
    const isInCommand = isCommand(edited(text, filters));
    const kept = [];
    const groups = [...parsed.groups];
    for (const clause of parsed.excluded) {
      const isText = !clause.text.includes('"') && (isInCommand || (await this.isOption(parsed, clause)));
      if (!isText) {
        kept.push(clause);
        continue;
      }
      parsed.readings = parsed.readings.filter(({ start }) => start !== clause.at);
      groups.push(...this.textGroups(clause.at, clause.at + clause.text.length));
    }
    const startOf = ([one]) => one.start ?? one.words[0].start;
    return { ...parsed, excluded: kept, groups: groups.sort((one, other) => startOf(one) - startOf(other)) };
  }

  async isOption(parsed, clause) {
    if (clause.field !== null) return false;
    const isAlone = !parsed.groups.length && !Object.keys(parsed.filters).length;
    if (clause.isStop || isAlone || isOption(clause.text)) return true;
    const [written] = tokenize(clause.text);
    if (written?.surface.startsWith("-") && (await this.index.find(written.surface))) return true;
    return !(await this.count([clause]));
  }

  textGroups(start, end) {
    const { text } = this.query;
    return wordsOf(text.slice(start, end), start, text, this.table.stopWords, false).map((one) => [one]);
  }

  // Quotations and fields of a pasted text as words: those of data, those that no article has beside other words, those in
  // a message of many words, and a quoted name that no article has together with the words around it.
  async withoutNames(parsed) {
    const { text } = this.query;
    const isStrict = ([one, ...others]) => !others.length && (one.field !== null || (one.words && one.isQuoted));
    const others = parsed.groups.filter((clauses) => !isStrict(clauses) && !clauses.every((one) => !one.words && one.isStop));
    const hasData = isData(text);
    const kept = [];
    const unquoted = [];
    for (const clauses of parsed.groups) {
      const [clause] = clauses;
      const start = clause.start ?? clause.words[0].start;
      const reading = isStrict(clauses) && (others.length || hasData) && parsed.readings.find((one) => one.start <= start && start < one.end);
      if (!reading || !(hasData || (await this.isLoose(clauses, others)))) {
        kept.push(clauses);
        continue;
      }
      kept.push(...(reading.kind === "field" ? this.textGroups(reading.start, reading.end) : clause.words.map((one) => [one])));
      unquoted.push([reading.start, reading.end, reading.instead]);
      parsed.readings = parsed.readings.filter((one) => one !== reading);
    }
    return { ...parsed, groups: kept, unquoted };
  }

  async isLoose(clauses, others) {
    const [clause] = clauses;
    if (!(await this.count(clauses))) return true;
    if (clause.field !== null || !clause.words) return false;
    if (others.length + 1 >= MESSAGE_WORDS) return true;
    if (clause.words.length > 1 || others.length < MIN_BESIDE) return false;
    const matches = await Promise.all([clauses, ...others].map((one) => this.match({ ...groupOf(one, this.table.stopWords), pieces: [] })));
    const [own, ...beside] = matches.map((one) => one.documents);
    const together = [...beside[0].keys()].filter((document) => beside.every((one) => one.has(document)));
    return together.length > 0 && !together.some((document) => own.has(document));
  }

  // A quotation that was not closed, and that no article has, as words.
  async withoutOpenQuotation(parsed) {
    const { text } = this.query;
    const [clause, ...others] = parsed.groups.at(-1) ?? [{}];
    if (this.isPartial || others.length || !clause.words || clause.isQuoted || clause.field !== null) return parsed;
    if (await this.count([clause])) return parsed;
    const at = text.lastIndexOf('"', clause.words[0].start);
    const unquoted = [...parsed.unquoted, [at, at + 1, ""]];
    return { ...parsed, groups: [...parsed.groups.slice(0, -1), ...this.textGroups(at + 1, text.length)], unquoted };
  }

  // Each word that the site spells in two ways, found in either: time out as timeout, healthcheck as health check,
  // file-system as filesystem. The service has a list of words that exist; here they are the words of the site.
  async withJoints(parsed) {
    const { stopWords } = this.table;
    const bare = parsed.groups.map(([word, ...others]) => (others.length || word.words || word.parts.length || word.field !== null || word.isPrefix ? null : word));
    const isWord = async (surface) => (await this.index.find(surface))?.weight > 1;
    const groups = await Promise.all(
      parsed.groups.map(async (clauses) => {
        const respaced = await this.ownSpellings(clauses, isWord);
        return respaced.length ? [{ ...clauses[0], respaced }] : clauses;
      }),
    );
    for (let at = 0; at + 1 < bare.length; at++) {
      const [first, second] = [bare[at], bare[at + 1]];
      if (!first || !second || this.query.text.slice(first.end, second.start).trim()) continue;
      const joint = first.surface + second.surface;
      const isNumbered = /^\p{L}+$/u.test(first.surface) && /^\d+$/.test(second.surface);
      const isLong = joint.length >= MIN_JOINT && /^\p{L}+$/u.test(joint) && !first.isStop && !second.isStop && !stopWords.has(joint);
      if (!isNumbered && !isLong) continue;
      const found = await Promise.all([joint, first.surface, second.surface].map((one) => this.index.find(one)));
      if (!found.every(Boolean) || (isLong && !(found[0].weight > 1))) continue;
      for (const number of [at, at + 1]) groups[number] = [{ ...groups[number][0], respaced: [...(groups[number][0].respaced ?? []), [joint]] }];
    }
    await this.addNames(parsed, groups);
    return { ...parsed, groups };
  }

  // Names that the site spells otherwise: .net for dotnet and dot net.
  async addNames(parsed, groups) {
    const { names } = this.table;
    const plain = parsed.groups.map(([word, ...others]) => (others.length || word.words || word.field !== null || (word.isPrefix && !word.isOpen) ? null : word));
    for (let first = 0; first < plain.length; first++) {
      for (let size = 1; size <= MAX_NAME_WORDS && plain[first + size - 1]; size++) {
        const own = plain.slice(first, first + size);
        for (const spelling of names[own.map((word) => word.surface).join(" ")] ?? []) {
          const words = spelling.map((surface) => ({ ...own[0], surface, parts: [], isPrefix: false, isOpen: false }));
          if (words.length > 1 && !(await this.count([{ words, isQuoted: true, field: null }]))) continue;
          for (let at = first; at < first + size; at++) groups[at] = [{ ...groups[at][0], respaced: [...(groups[at][0].respaced ?? []), spelling] }];
        }
      }
    }
  }

  // The other ways in which the site spells a word that it has: apart, or without hyphens.
  async ownSpellings([word, ...others], isWord) {
    if (others.length || word.words || word.field !== null || word.isPrefix) return [];
    if (word.surface.slice(1).includes("-") && /^[\p{L}\p{N}]/u.test(word.surface)) {
      const closed = word.surface.replaceAll("-", "");
      return /^[\p{L}\p{N}]+$/u.test(closed) && (await this.index.find(closed)) ? [[closed]] : [];
    }
    const { surface } = word;
    if (surface.length < MIN_JOINT || word.parts.length || word.isStop || !/^[a-z]+$/.test(surface) || !(await this.index.find(surface))) return [];
    const found = [];
    for (let at = MIN_HALF; at <= surface.length - 2; at++) {
      const cut = [surface.slice(0, at), surface.slice(at)];
      if (this.table.stopWords.has(cut[0]) || !(cut[1].length >= MIN_HALF || PARTICLES.has(cut[1]))) continue;
      if (!(await isWord(cut[0])) || !(await this.index.find(cut[1]))) continue;
      const words = cut.map((one) => ({ ...word, surface: one, isStop: this.table.stopWords.has(one) }));
      if (await this.count([{ words, isQuoted: true, field: null }])) found.push(cut);
    }
    return found;
  }

  // Compounds that the site has neither whole nor with their parts in order become words of their own.
  async withParts(parsed) {
    const groups = [];
    for (const clauses of parsed.groups) {
      const [word] = clauses;
      const isCompound = clauses.length === 1 && !word.words && word.parts.length > 1;
      if (!isCompound || (await this.count(clauses))) groups.push(clauses);
      else if (/^\p{L}+$/u.test(word.surface) && (await meant(this.index, word.surface)).surfaces.length) groups.push([{ ...word, parts: [], width: 1, isCode: false }]);
      else groups.push(...(await this.namesAsWords(word)).map((one) => [one]));
    }
    // A version behind a word that the site has: PostgreSQL v18.
    for (let at = 1; at < groups.length; at++) {
      const [word, ...others] = groups[at];
      if (others.length || !/^v\d{1,4}$/.test(word.surface) || (await this.count([word])) || !(await this.count(groups[at - 1]))) continue;
      if (await this.index.find(word.surface.slice(1))) groups[at] = [{ ...word, surface: word.surface.slice(1) }];
    }
    return { ...parsed, groups };
  }

  // The parts of a compound that no article has. The code of an error, the name of an exception, what has no word that any
  // article has, and a name with a number that has no such word stay whole: a number without its name says nothing.
  async namesAsWords(word) {
    // The small number of a name of letters and digits (auth0, java21) says nothing without them.
    const isSmall = (surface) => /^\d{1,2}$/.test(surface) && /^[\p{L}\p{N}]+$/u.test(word.surface);
    const asWord = ({ surface, start, end }) => ({
      ...word, surface, start, end, parts: [], width: 1, isCode: !/^\p{L}+$/u.test(surface), isPrefix: false, isOpen: false, isStop: isSmall(surface),
    });
    if (isTimestamp(this.query.text.slice(word.start, word.end))) return [{ ...word, parts: [], width: 1 }];
    const hasAny = async (parts) => (await Promise.all(parts.map((one) => this.count([one])))).some(Boolean);
    if (EXCEPTIONS.test(word.surface)) {
      for (const part of word.parts) if (part.surface !== word.surface && /.(?:error|exception|failure)$/.test(part.surface) && (await this.index.find(part.surface))) return [asWord(part)];
      return [word];
    }
    const parts = [...new Map(word.parts.map((part) => [part.position, part])).values()].map(asWord);
    const last = parts.at(-1);
    if (word.isPrefix) return [...parts.slice(0, -1), { ...last, isPrefix: true, isOpen: word.isOpen }];
    if (isCode(this.query.text.slice(word.start, word.end)) || !(await hasAny(parts))) return [word];
    if (!/^[\p{L}\p{N}]+$/u.test(word.surface) && !NAMED_NUMBER.test(word.surface)) return parts;
    const longer = parts.filter((part) => part.surface.length > 1);
    const words = longer.filter((part) => /^\p{L}+$/u.test(part.surface));
    const named = longer.filter((part) => !/^\d+$/.test(part.surface));
    const telling = [words, named, longer, parts].find((own) => own.length);
    return (await hasAny(telling)) ? parts : [{ ...word, parts: [], width: 1 }];
  }

  // Whether the text is one name of a program, such as useEffect, that no article has.
  isUnknownName({ groups }) {
    if (groups.length < 2 || !isProgramName(this.query.text.trim())) return false;
    return groups.flat().filter(({ surface }) => surface?.length > 1 && /^\p{L}+$/u.test(surface)).length > 1;
  }

  // What answers such a name: articles with all of its words, or none if not even most of it is anywhere.
  async nameOf(parsed, planned) {
    const words = parsed.groups.flat();
    const { stopWords } = this.table;
    const isAsked = (one) => !one.isStop && !stopWords.has(one.surface);
    const asked = words.filter(isAsked);
    const found = await Promise.all(asked.map((one) => this.match({ ...groupOf([one], stopWords), pieces: [] })));
    const [first, ...others] = found.map((one) => one.documents);
    if ([...first.keys()].some((document) => others.every((one) => one.has(document)))) {
      for (const group of planned.groups) group.isRequired = !group.isOptional && group.clauses.some(isAsked);
      return {};
    }
    const beside = new Set();
    for (let at = 0; at + 1 < words.length; at++) {
      const pair = words.slice(at, at + 2);
      if (await this.count([{ words: pair, isQuoted: true, field: null }])) beside.add(at).add(at + 1);
    }
    const offers = found.every((one) => one.df) ? [words.map((one) => one.surface).join(" ")] : [];
    return { offers, lacksName: 2 * beside.size <= words.length };
  }

  // The groups with what could be repaired: a space first, then letters.
  async repaired(parsed) {
    const { stopWords, mayReplace } = this.table;
    const groups = [...parsed.groups];
    const counts = await Promise.all(groups.map((clauses) => this.count(clauses)));
    const isOfSubstance = (clauses) => !clauses.every((one) => !one.words && one.isStop);
    const unknown = groups.map((_, at) => at).filter((at) => !counts[at] && isOfSubstance(groups[at]));
    const asked = groups.filter(isOfSubstance).length;
    const found = { groups, edits: [], offers: [], isMistyped: false };
    if (!unknown.length || (asked > 5 && 2 * unknown.length < asked)) return found;
    const taken = new Set();
    const replaced = new Map();
    const offers = [];
    const isPlain = (clauses) => clauses?.length === 1 && !clauses[0].words && clauses[0].field === null && !clauses[0].parts.length && !clauses[0].isPrefix;
    for (const at of unknown.slice(0, MAX_REPAIRS)) {
      for (const first of [at - 1, at]) {
        if (taken.has(first) || taken.has(first + 1) || !isPlain(groups[first]) || !(isPlain(groups[first + 1]) || groups[first + 1]?.[0].isOpen)) continue;
        const [[one], [other]] = [groups[first], groups[first + 1]];
        const word = { ...other, surface: one.surface + other.surface, start: one.start, isStop: false, respaced: [] };
        if (!(await this.count([word]))) continue;
        replaced.set(first, [[word]]).set(first + 1, []);
        taken.add(first).add(first + 1);
        found.edits.push([word.start, word.end, word.surface]);
        break;
      }
    }
    for (const at of unknown.slice(0, MAX_REPAIRS)) {
      const [word] = groups[at];
      if (taken.has(at) || groups[at].length > 1 || word.words || !/^\p{L}+$/u.test(word.surface) || stopWords.has(word.surface)) continue;
      // Names of things are no typos: between the blanks stands the word alone, or words with hyphens between them.
      const run = [...this.query.text.matchAll(RUN)].find(({ index, 0: typed }) => index <= word.start && word.start < index + typed.length);
      const isWord = run?.[0].split("-").every((typed) => typed.slice(1) === typed.slice(1).toLowerCase());
      // Long words in capitals may be names, or Caps Lock is on: corrections are offered.
      if (!isWord && !/^\p{Lu}{5,}$/u.test(run?.[0] ?? "")) continue;
      const as = (surface, more = {}) => ({ ...word, surface, parts: [], width: 1, isPrefix: false, isOpen: false, ...more });
      const begun = word.isOpen ? await beginnings(this.index, word.surface) : [];
      const guess = begun.length ? { surfaces: begun, isSure: begun.length === 1 } : await meant(this.index, word.surface);
      const { surfaces } = guess;
      const isSure = guess.isSure && isWord && mayReplace;
      if (!isWord && guess.isKnown) continue;
      found.isMistyped ||= Boolean(guess.isMistyped && isWord);
      const edits = surfaces.slice(0, MAX_OFFERS).map((surface) => [word.start, word.end, surface]);
      if (isSure) {
        const [best, ...others] = surfaces;
        replaced.set(at, [[as(best, { near: others })]]);
        found.edits.push(edits[0]);
        offers.unshift(edits.slice(1));
        continue;
      }
      const [pieces] = isWord ? await this.bestCut(word) : [];
      if (pieces) {
        replaced.set(at, pieces.map((surface) => [as(surface)]));
        found.edits.push([word.start, word.end, pieces.join(" ")]);
      } else offers.unshift(edits);
    }
    // One word may have three offers; several words take turns, each with its best first.
    for (let place = 0; place < MAX_OFFERS; place++) for (const row of offers) if (row[place]) found.offers.push(row[place]);
    found.groups = groups.flatMap((clauses, at) => replaced.get(at) ?? [clauses]);
    return found;
  }

  // The cut whose pieces stand side by side in most articles.
  async bestCut(word) {
    const counted = [];
    for (const pieces of await cuts(this.index, word.surface)) {
      const words = pieces.map((surface) => ({ ...word, surface, parts: [], width: 1, isPrefix: false, isOpen: false }));
      const count = await this.count([{ words, isQuoted: true, field: null }]);
      if (count) counted.push([pieces, count]);
    }
    return counted.sort(([, one], [, other]) => other - one).map(([pieces]) => pieces);
  }
}

// The names that the lost words are part of, as typed and each once: UseG1GC for a lost GC.
function namesOf(lost, text) {
  const found = new Map();
  for (const { start, end, surface } of lost) {
    const around = /[A-Za-z0-9_]*$/.exec(text.slice(0, start))[0] + text.slice(start, end) + /^[A-Za-z0-9_]*/.exec(text.slice(end))[0];
    const name = start < end ? around : surface;
    if (!found.has(name.toLowerCase())) found.set(name.toLowerCase(), name);
  }
  return [...found.values()];
}

function edited(text, edits) {
  for (const [start, end, instead] of [...edits].sort(([one], [other]) => other - one)) text = text.slice(0, start) + instead + text.slice(end);
  return text;
}
