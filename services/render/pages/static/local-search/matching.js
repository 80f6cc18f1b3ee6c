// Groups of a query → the documents that have them and where, as services/search/arrays/matching does it.
// A match is { group, documents: Map, df, surfaces }: a document has { f, places: [position, field, weight], title, exact },
// a surface what it counts in prose and in code, and the only field where it does.

import { INFLECTION, PREFIX } from "./query.js";
import { eachOccurrence, lowerBound } from "./index.js";

const CODE = 5;
const LINKS = 6;
const TITLE = 0;
// Words that a beginning may become: more say nothing.
const MAX_BEGINNINGS = 200;

// The singular or the plural of a word, as it is written.
function numberForms(surface) {
  if (surface.endsWith("ices")) return ["ex", "ix", "exes"].map((ending) => surface.slice(0, -4) + ending);
  if (surface.endsWith("ies")) return [`${surface.slice(0, -3)}y`, surface.slice(0, -1)];
  if (surface.endsWith("es")) return [surface.slice(0, -1), surface.slice(0, -2)];
  if (surface.endsWith("s")) return [surface.slice(0, -1), `${surface}es`];
  if (surface.endsWith("y")) return [`${surface.slice(0, -1)}ies`, `${surface}s`];
  return [`${surface}s`, `${surface}es`];
}

// A word without what British and American spellings differ in.
const unspelt = (surface) => surface.replace(/s/g, "z").replace(/ou/g, "o").replace(/[ao]e/g, "e").replace(/([lm])\1/g, "$1").replace(/me$/, "m").replace(/re(?=d?z?$)/, "er").replace(/c(?=e)/g, "z");

// Of words of one stem, whether they are singular and plural, or one word in two spellings.
function isFormInCode(surface, typed) {
  return numberForms(typed).includes(surface) || [typed, ...numberForms(typed)].some((one) => unspelt(one) === unspelt(surface));
}

// What each word of the index counts for ``terms``: { postings, prose, code } by surface.
async function claims(index, terms) {
  const found = new Map();
  const claim = (surface, postings, weight, isInCode) => {
    const before = found.get(surface) ?? { postings, prose: 0, code: 0 };
    before.prose = Math.max(before.prose, weight);
    if (isInCode) before.code = Math.max(before.code, weight);
    found.set(surface, before);
  };
  for (const entry of await index.entries(terms.surface)) {
    const rows = await index.group(entry.group);
    const hasIt = rows.some(([surface]) => surface === terms.surface);
    for (const [surface, postings] of rows) {
      if (surface === terms.surface) claim(surface, postings, terms.weight, true);
      else if (terms.isStemmed) claim(surface, postings, terms.weight * INFLECTION, !hasIt && isFormInCode(surface, terms.surface));
    }
  }
  if (terms.isPrefix) {
    const lexicon = await index.lexicon(terms.surface);
    const first = lowerBound(lexicon.words, terms.surface);
    const places = [];
    for (let at = first; lexicon.words[at]?.startsWith(terms.surface); at++) if (lexicon.weights[at]) places.push(at);
    // The most common, where there are many: their shards hold most of what can be meant.
    places.sort((one, other) => lexicon.weights[other] - lexicon.weights[one]);
    const numbers = [...new Set(places.slice(0, MAX_BEGINNINGS).map((at) => lexicon.groups[at]))];
    for (const rows of await Promise.all(numbers.map((number) => index.group(number)))) {
      for (const [surface, postings] of rows) {
        if (surface.startsWith(terms.surface) && surface !== terms.surface) claim(surface, postings, terms.weight * PREFIX, true);
      }
    }
  }
  return found;
}

// Where the steps of a sequence stand one after the other: Map of document → [position, field][].
async function sequencePlaces(index, { steps }) {
  let found = null;
  const [first] = steps[0];
  for (const [offset, alternatives] of steps) {
    const here = new Map();
    for (const terms of alternatives) {
      for (const { postings, prose, code } of (await claims(index, terms)).values()) {
        eachOccurrence(postings, (document, position, field) => {
          if (!(field === CODE ? code : prose)) return;
          const at = position - offset + first;
          if (found && !found.get(document)?.has(at)) return;
          if (!here.has(document)) here.set(document, new Map());
          here.get(document).set(at, found ? found.get(document).get(at) : field);
        });
      }
    }
    found = here;
    if (!found.size) break;
  }
  return found;
}

export async function match(index, group) {
  const { norms } = index.opened;
  const documents = new Map();
  const surfaces = new Map();
  const add = (document, position, field, weight, isExact) => {
    let own = documents.get(document);
    if (!own) documents.set(document, (own = { f: 0, places: [], title: false, exact: false }));
    own.f += weight * norms[(document << 3) | field];
    own.places.push([position, field, weight]);
    if (field === TITLE) {
      own.title = true;
      own.exact ||= isExact;
    }
  };
  const merged = new Map();
  for (const alternative of group.alternatives) {
    const only = alternative.field ?? null;
    if (alternative.steps) {
      for (const [document, places] of await sequencePlaces(index, alternative)) {
        // What is quoted stands in the text of the article itself, not in a link that leads to it.
        const isFound = (field) => (only === null ? !(alternative.isQuoted && field === LINKS) : field === only);
        for (const [position, field] of places) if (isFound(field)) add(document, position, field, alternative.weight, alternative.weight >= 1);
      }
      continue;
    }
    for (const [surface, { postings, prose, code }] of await claims(index, alternative)) {
      const key = `${surface} ${only}`;
      const before = merged.get(key) ?? { surface, postings, prose: 0, code: 0, only };
      merged.set(key, { ...before, prose: Math.max(before.prose, prose), code: Math.max(before.code, code) });
    }
  }
  for (const { surface, postings, prose, code, only } of merged.values()) {
    surfaces.set(surface, [...(surfaces.get(surface) ?? []), { prose, code, only }]);
    eachOccurrence(postings, (document, position, field) => {
      const weight = field === CODE ? code : prose;
      if (weight && (only === null || only === field)) add(document, position, field, weight, weight >= 1);
    });
  }
  for (const own of documents.values()) own.places.sort(([one], [other]) => one - other);
  const pieces = [];
  for (const terms of group.pieces) pieces.push(await match(index, { label: terms.surface, alternatives: [terms], pieces: [], whole: null, times: 1, position: group.position }));
  const whole = group.whole ? await match(index, group.whole) : null;
  return { group, documents, df: documents.size, surfaces, pieces, whole };
}
