// A search in the browser: parameters → what the page of results shows. It touches no page and knows no address.

import { valueOf } from "./query.js";
import { isAnswered, rank } from "./ranking.js";
import { hitOf } from "./showing.js";
import { tokenize } from "./tokens.js";
import { Understanding } from "./understanding.js";
import { asWritten } from "./written.js";

export const DEFAULT_SIZE = 10;
export const MAX_SIZE = 50;
const MAX_PAGE = 1000;
const MAX_NEAR = 3;
// Articles to look in for a word as written.
const LOOK_IN = 3;

// The address of a page or a file: with a scheme, from the root, or with two slashes.
const ADDRESS =
  /^(?:[A-Za-z][A-Za-z\d+.-]*:\/\/|\/|(?=[^\s/?#]+\/[^\s/?#]+\/))(?:[^\s/?#]*\/)*?([^\s/?#]+?)(?:\.(?:md|html))?(?:\/index\.(?:md|html))?\/?(?:[?#]\S*)?$/;
// What a query names: its text, or the slug at the end of an address.
const namedBy = (text) => ADDRESS.exec(text)?.[1].replace(/-/g, " ") ?? text;

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

// Text as it stands in an address: an encoded space or letter of another alphabet, and no space.
const ENCODED = /^(?=\S*%(?:20|[C-F][\dA-F]%[89AB]))(?:[^\s%]|%[\dA-F]{2})+$/i;

function decoded(text) {
  try {
    return ENCODED.test(text) ? decodeURIComponent(text) : text;
  } catch {
    return text;
  }
}

// What an address asks for.
function queryOf(params, table) {
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
    text: decoded((params.get("q") ?? "").trim()).trim().replace(/\s+/g, " "),
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

class Search extends Understanding {
  candidates(understood) {
    const { table } = this;
    const wanted = [...wantedNumbers(table, this.query.filters), ...wantedNumbers(table, understood.filters)];
    const isAllowed = (document) =>
      !understood.findsNothing &&
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
    const key = tokenize(namedBy(understood.text)).map((token) => token.surface).join(" ");
    const pairs = key ? await this.index.exact(key) : [];
    understood.exact = pairs.flatMap((one, at) => (at % 2 ? [] : [[one, pairs[at + 1]]]));
    let candidates = this.candidates(understood);
    const { page, size } = this.query;
    const shown = this.ordered(candidates, understood).slice((page - 1) * size, page * size);
    const texts = await Promise.all(shown.map((document) => this.index.text(document)));
    let hits = shown.map((document, at) => hitOf(this.table, understood.matches, document, texts[at]));
    let near = [];
    const isAnswer = understood.lacksName ? understood.exact.length : !understood.isMessage || isAnswered(this.table, this.query.text, understood, candidates);
    if (!isAnswer) {
      if (page === 1) near = hits.slice(0, MAX_NEAR);
      hits = candidates = [];
    }
    const withAll = candidates.filter((document) => understood.matches.every((one) => one.documents.has(document))).length;
    return { ...understood, query: this.asked, table: this.table, total: candidates.length, withAll, hits, near, facets: this.facets(candidates) };
  }
}

export async function answer(index, params, isPartial) {
  await index.open();
  const found = await new Search(index, queryOf(params, index.opened), isPartial).answer();
  return asWritten(found, async (word) => {
    const query = queryOf(new URLSearchParams({ q: word, size: LOOK_IN, exact: 1 }), index.opened);
    return (await new Search(index, query, false).answer()).hits;
  });
}
