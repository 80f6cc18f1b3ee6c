// A search in the browser: parameters → what the page of results shows. It touches no page and knows no address.

import { cuts, beginnings, meant } from "./spelling.js";
import { match } from "./matching.js";
import { hitOf } from "./showing.js";
import { groupOf, parse, plan, valueOf, wordsOf } from "./query.js";
import { rank } from "./ranking.js";
import { tokenize } from "./tokens.js";

export const DEFAULT_SIZE = 10;
export const MAX_SIZE = 50;
const MAX_PAGE = 1000;
const MAX_OFFERS = 3;
const MAX_REPAIRS = 8;
// Words beside a quotation from which on they are what is asked, and from which on a text is a message.
const MIN_BESIDE = 3;
const MESSAGE_WORDS = 5;
const OPTION = /^-(?:[A-Za-z]|[A-Z]\S*[A-Z0-9=:+]\S*|\S+[=:]\S*|[a-z]+[0-9]+\S*)$/;

// A parameter that is out of range: which words say so, and what they are filled with.
export class BadParameter extends Error {
  constructor(kind, values) {
    super(kind);
    Object.assign(this, { kind, values });
  }
}

function whole(params, name, most, usual) {
  const typed = params.get(name);
  if (!typed) return usual;
  const value = /^\d{1,9}$/.test(typed) ? Number(typed) : 0;
  if (value < 1 || value > most) throw new BadParameter("number", { name, value: `"${typed}"`, most });
  return value;
}

// What an address asks for.
export function queryOf(params, table) {
  const filters = {};
  for (const attribute of table.attributes) {
    const values = [...new Set(params.getAll(attribute.parameter).filter(Boolean).map((typed) => valueOf(attribute, typed)))];
    if (values.length) filters[attribute.name] = attribute.isMany ? values : values.slice(-1);
  }
  const sort = params.get("sort") || table.orders[0][0];
  if (!table.orders.some(([name]) => name === sort)) {
    throw new BadParameter("choice", { name: "sort", value: `"${sort}"`, names: table.orders.map(([name]) => name).join(", ") });
  }
  return {
    text: (params.get("q") ?? "").trim().replace(/\s+/g, " "),
    filters,
    sort,
    page: whole(params, "page", MAX_PAGE, 1),
    size: whole(params, "size", MAX_SIZE, DEFAULT_SIZE),
    isExact: params.get("exact") === "1",
  };
}

// The values that are filtered by, as numbers of each attribute's table; -1 for one that no article has.
function wantedNumbers(table, filters) {
  return table.attributes.flatMap((attribute) =>
    (filters[attribute.name] ?? []).map((value) => [attribute, attribute.values.findIndex(([one]) => String(one) === String(value))]),
  );
}

class Search {
  constructor(index, query, isPartial) {
    Object.assign(this, { index, query, isPartial, table: index.opened, matches: new Map(), numbers: new Map() });
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
    let parsed = await this.withParts(await this.withOptions(parse(text, this.table, this.isPartial)));
    if (!isExact) parsed = await this.withoutNames(parsed);
    let planned = await this.plan(parsed);
    const understood = { text, correction: null, offers: [], missing: [], readings: [] };
    const saysNothing = text.replace(/["\u201c\u201d\u201e\s-]/g, "") && !parsed.groups.length && !parsed.excluded.length && !Object.keys(parsed.filters).length;
    if (!isExact) {
      const repaired = await this.repaired(parsed);
      const edits = [...repaired.edits, ...parsed.unquoted];
      if (edits.length) {
        planned = await this.plan({ ...parsed, groups: repaired.groups });
        understood.text = understood.correction = edited(text, edits);
      }
      // An offer is for the whole text: one that lies in a quotation that is taken apart has no place in it.
      const isInside = ([start]) => parsed.unquoted.some(([first, last]) => first <= start && start < last);
      understood.offers = repaired.offers.filter((edit) => !isInside(edit)).slice(0, MAX_OFFERS).map((edit) => edited(text, [...edits, edit]));
    }
    understood.readings = parsed.readings.map(({ kind, start, end, instead }) => ({ kind, typed: text.slice(start, end), instead: edited(text, [[start, end, instead]]) }));
    const groups = await Promise.all(planned.groups.map((group) => this.match(group)));
    understood.matches = groups.filter(({ group }) => !group.isOptional);
    understood.stops = groups.filter(({ group }) => group.isOptional);
    understood.excluded = await Promise.all(planned.excluded.map((group) => this.match(group)));
    understood.filters = parsed.filters;
    understood.saysNothing = Boolean(saysNothing);
    understood.missing = [...new Set(understood.matches.filter(({ df }) => !df).flatMap(({ group }) => group.clauses.flatMap((one) => (one.words ?? [one]).map((word) => word.surface))))];
    return understood;
  }

  // Exclusions that are options of a command, or of what no article has, are text.
  async withOptions(parsed) {
    const kept = [];
    for (const clause of parsed.excluded) {
      const isText = !clause.words && clause.field === null && (!parsed.groups.length || OPTION.test(clause.text) || !(await this.count([clause])));
      if (!isText) {
        kept.push(clause);
        continue;
      }
      parsed.readings = parsed.readings.filter(({ start }) => start !== clause.at);
      parsed.groups.push(...wordsOf(clause.text, clause.at, this.query.text, this.table.stopWords, false).map((one) => [one]));
    }
    const startOf = ([one]) => one.start ?? one.words[0].start;
    return { ...parsed, excluded: kept, groups: parsed.groups.sort((one, other) => startOf(one) - startOf(other)) };
  }

  // Quotations of a pasted message as words: those that no article has beside other words, and those among many.
  async withoutNames(parsed) {
    const isQuoted = ([one]) => one.words && one.isQuoted;
    const wordsIn = (groups) => groups.flat().flatMap((one) => one.words ?? [one]).filter((one) => !one.isStop).length;
    const kept = [];
    const edits = [];
    for (const clauses of parsed.groups) {
      const beside = wordsIn(parsed.groups.filter((one) => one !== clauses));
      const isName =
        clauses.length === 1 && isQuoted(clauses) && beside >= MIN_BESIDE && (beside >= MESSAGE_WORDS || !(await this.count(clauses)));
      if (!isName) {
        kept.push(clauses);
        continue;
      }
      const { words } = clauses[0];
      kept.push(...words.map((one) => [one]));
      const reading = parsed.readings.find(({ start, end }) => start <= words[0].start && words[0].start < end);
      if (!reading) continue;
      edits.push([reading.start, reading.end, reading.instead]);
      parsed.readings = parsed.readings.filter((one) => one !== reading);
    }
    return { ...parsed, groups: kept, unquoted: edits };
  }

  // Compounds that the site has neither whole nor with their parts in order become words of their own.
  async withParts(parsed) {
    const groups = [];
    for (const clauses of parsed.groups) {
      const [word] = clauses;
      const isCompound = clauses.length === 1 && !word.words && word.parts.length > 1;
      if (!isCompound || (await this.count(clauses))) groups.push(clauses);
      else if (/^\p{L}+$/u.test(word.surface) && (await meant(this.index, word.surface)).surfaces.length) groups.push([{ ...word, parts: [], width: 1, isCode: false }]);
      else {
        const innermost = new Map(word.parts.map((part) => [part.position, part]));
        for (const part of innermost.values()) {
          groups.push([{ ...word, surface: part.surface, parts: [], width: 1, start: part.start, end: part.end, isCode: !/^\p{L}+$/u.test(part.surface), isPrefix: false, isOpen: false }]);
        }
      }
    }
    return { ...parsed, groups };
  }

  // The groups with what could be repaired: a space first, then letters.
  async repaired(parsed) {
    const { stopWords } = this.table;
    const groups = [...parsed.groups];
    const counts = await Promise.all(groups.map((clauses) => this.count(clauses)));
    const isOfSubstance = (clauses) => !clauses.every((one) => !one.words && one.isStop);
    const unknown = groups.map((_, at) => at).filter((at) => !counts[at] && isOfSubstance(groups[at]));
    const asked = groups.filter(isOfSubstance).length;
    const found = { groups, edits: [], offers: [] };
    if (!unknown.length || (asked > 5 && 2 * unknown.length < asked)) return found;
    const taken = new Set();
    const replaced = new Map();
    const isPlain = (clauses) => clauses?.length === 1 && !clauses[0].words && clauses[0].field === null && !clauses[0].parts.length && !clauses[0].isPrefix;
    for (const at of unknown.slice(0, MAX_REPAIRS)) {
      for (const first of [at - 1, at]) {
        if (taken.has(first) || taken.has(first + 1) || !isPlain(groups[first]) || !(isPlain(groups[first + 1]) || groups[first + 1]?.[0].isOpen)) continue;
        const [[one], [other]] = [groups[first], groups[first + 1]];
        const word = { ...other, surface: one.surface + other.surface, start: one.start, isStop: false };
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
      const typed = this.query.text.slice(word.start, word.end);
      if (typed.slice(1) !== typed.slice(1).toLowerCase()) continue;
      const as = (surface, more = {}) => ({ ...word, surface, parts: [], width: 1, isPrefix: false, isOpen: false, ...more });
      const begun = word.isOpen ? await beginnings(this.index, word.surface) : [];
      const { surfaces, isSure } = begun.length ? { surfaces: begun, isSure: begun.length === 1 } : await meant(this.index, word.surface);
      if (isSure) {
        const [best, ...others] = surfaces;
        replaced.set(at, [[as(best, { near: others })]]);
        found.edits.push([word.start, word.end, best]);
        continue;
      }
      const [pieces] = await this.bestCut(word);
      if (pieces) {
        replaced.set(at, pieces.map((surface) => [as(surface)]));
        found.edits.push([word.start, word.end, pieces.join(" ")]);
      } else found.offers.push(...surfaces.slice(0, MAX_OFFERS).map((surface) => [word.start, word.end, surface]));
    }
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

  candidates(understood) {
    const { table } = this;
    const wanted = [...wantedNumbers(table, this.query.filters), ...wantedNumbers(table, understood.filters)];
    const isAllowed = (document) =>
      !understood.saysNothing &&
      wanted.every(([attribute, number]) => attribute.documents[document].includes(number)) &&
      understood.excluded.every((one) => !one.documents.has(document)) &&
      understood.matches.every((one) => !one.group.isRequired || one.documents.has(document));
    const some = new Set(understood.exact.map(([document]) => document));
    for (const one of understood.matches) {
      for (const document of one.documents.keys()) some.add(document);
      for (const piece of one.pieces) for (const document of piece.documents.keys()) some.add(document);
    }
    const all = understood.matches.length ? [...some].sort((one, other) => one - other) : [...Array(table.count).keys()];
    return all.filter(isAllowed);
  }

  ordered(candidates, understood) {
    const { table } = this;
    const [, , attribute, isDescending] = table.orders.find(([name]) => name === this.query.sort);
    const hasAll = (document) => understood.matches.every((one) => one.documents.has(document));
    if (!attribute && understood.matches.length) return rank(table, understood.matches, understood.stops, candidates, understood.exact);
    const moments = table.attributes.find((one) => one.name === (attribute || "year")).moments;
    const key = (document) => {
      const moment = moments[document];
      return moment === null ? Infinity : isDescending || !attribute ? -moment : moment;
    };
    const compare = (one, other) => (one < other ? -1 : one > other ? 1 : 0);
    return [...candidates].sort((one, other) => hasAll(other) - hasAll(one) || compare(key(one), key(other)) || one - other);
  }

  facets(candidates) {
    return this.table.attributes.map((attribute) => {
      const counts = new Map();
      for (const document of candidates) for (const number of attribute.documents[document]) counts.set(number, (counts.get(number) ?? 0) + 1);
      const rows = [...counts].map(([number, count]) => ({ value: attribute.values[number][0], label: attribute.values[number][1], count }));
      rows.sort(attribute.isName ? (one, other) => other.count - one.count || (one.value < other.value ? -1 : 1) : (one, other) => other.value - one.value);
      return { attribute, rows };
    });
  }

  async answer() {
    const understood = await this.understand();
    const key = tokenize(understood.text).map((token) => token.surface).join(" ");
    const pairs = key ? await this.index.exact(key) : [];
    understood.exact = pairs.flatMap((one, at) => (at % 2 ? [] : [[one, pairs[at + 1]]]));
    const candidates = this.candidates(understood);
    const { page, size } = this.query;
    const shown = this.ordered(candidates, understood).slice((page - 1) * size, page * size);
    const texts = await Promise.all(shown.map((document) => this.index.text(document)));
    const hits = shown.map((document, at) => hitOf(this.table, understood.matches, document, texts[at]));
    const withAll = candidates.filter((document) => understood.matches.every((one) => one.documents.has(document))).length;
    return { ...understood, query: this.query, table: this.table, total: candidates.length, withAll, hits, facets: this.facets(candidates) };
  }
}

function edited(text, edits) {
  for (const [start, end, instead] of [...edits].sort(([one], [other]) => other - one)) text = text.slice(0, start) + instead + text.slice(end);
  return text;
}

export async function answer(index, params, isPartial) {
  await index.open();
  return new Search(index, queryOf(params, index.opened), isPartial).answer();
}
