// The index that perspective export writes (services/exporting/compact), read file by file as a query needs it.

const GZIP = [0x1f, 0x8b];
const SHIFT = 3;
const RECENCY_SHARE = 0.04;
const RECENCY_HALF_LIFE_S = 3 * 365.25 * 86400;

// A file of the index: JSON in gzip, or unpacked by a host that says so in a header.
export async function read(buffer) {
  const bytes = new Uint8Array(buffer);
  const isPacked = bytes[0] === GZIP[0] && bytes[1] === GZIP[1];
  if (!isPacked) return JSON.parse(new TextDecoder().decode(bytes));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}

export class Index {
  // ``load`` gives the bytes of a file by its name.
  constructor(load) {
    this.load = load;
    this.files = new Map();
    this.opened = null;
  }

  file(name, decode = (value) => value) {
    if (!this.files.has(name)) {
      const loading = this.load(name).then(read).then(decode);
      loading.catch(() => this.files.delete(name)); // asked for again by the next query
      this.files.set(name, loading);
    }
    return this.files.get(name);
  }

  open() {
    return this.file("index.idx", (table) => {
      const { fields, lengths, texts } = table;
      const width = fields.length;
      const count = texts.length;
      const averages = fields.map((_, field) => {
        let sum = 0;
        let having = 0;
        for (let at = field; at < lengths.length; at += width) {
          sum += lengths[at];
          having += lengths[at] > 0;
        }
        return having ? sum / having : 1;
      });
      const norms = new Float64Array(count * 8);
      for (let document = 0; document < count; document++) {
        fields.forEach(([, weight, b], field) => {
          norms[document << SHIFT | field] = weight / (1 - b + (b * lengths[document * width + field]) / averages[field]);
        });
      }
      const published = table.attributes.find((one) => one.name === "year")?.moments ?? [];
      const newest = Math.max(...published.filter((one) => one !== null));
      const prior = texts.map((_, at) =>
        published[at] === null || published[at] === undefined ? 1 : 1 + RECENCY_SHARE * 2 ** (-(newest - published[at]) / RECENCY_HALF_LIFE_S),
      );
      const stopWords = new Set(table.stopWords.split(" "));
      const synonyms = new Map(table.synonyms.map(([key, equals]) => [key.join(" "), equals]));
      const longest = Math.max(1, ...table.synonyms.map(([key]) => key.length));
      this.opened = { ...table, count, width, norms, prior, stopWords, synonyms, longest };
      return this.opened;
    });
  }

  async lexicon(text) {
    const first = text[0] ?? "0";
    const letter = /[a-z]/.test(first) ? first : first.charCodeAt(0) < 128 ? "0" : "_";
    const name = this.opened.words[letter];
    return name ? this.file(`data/words-${name}.idx`, decodeWords) : NO_WORDS;
  }

  // What a word is in each language that has it: its group, and how common it is (0: no article has this form).
  async entries(surface) {
    const lexicon = await this.lexicon(surface);
    const found = [];
    for (let at = lowerBound(lexicon.words, surface); lexicon.words[at] === surface; at++) {
      found.push({ group: lexicon.groups[at], weight: lexicon.weights[at] });
    }
    return found;
  }

  // The first of these; undefined for an unknown word.
  async find(surface) {
    return (await this.entries(surface))[0];
  }

  // The words of a group with their postings.
  async group(number) {
    const { shards } = this.opened;
    let at = shards.length - 1;
    while (at && shards[at][0] > number) at--;
    const rows = await this.file(`data/terms-${shards[at][1]}.idx`);
    return rows[number - shards[at][0]];
  }

  async exact(key) {
    return (await this.lexicon(key)).exact[key] ?? [];
  }

  text(document) {
    return this.file(`data/text-${this.opened.texts[document]}.idx`);
  }
}

const NO_WORDS = { words: [], groups: [], weights: [], exact: {}, known: new Set(), spelt: new Set() };

// Sorted words, of which each is how many letters it shares with the one before (base 36), and the rest.
function decoded(text) {
  let before = "";
  return (text ? text.split("\n") : []).map((entry) => (before = before.slice(0, Number.parseInt(entry[0], 36)) + entry.slice(1)));
}

// ``known`` are words that exist and that no article has, those in ``spelt`` in two spellings.
function decodeWords({ words, groups, weights, exact, known, spelt }) {
  let number = 0;
  const numbers = groups.map((step) => (number += step));
  return { words: decoded(words), groups: numbers, weights, exact, known: new Set(decoded(known)), spelt: new Set(decoded(spelt)) };
}

// Where ``word`` stands in sorted ``words``, or would. Both sorts are by code point, as far as words tell.
export function lowerBound(words, word) {
  let low = 0;
  let high = words.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (words[middle] < word) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Calls ``take`` with each occurrence of encoded postings: document, position, field.
export function eachOccurrence(postings, take) {
  let document = 0;
  for (let at = 0; at < postings.length; ) {
    document += postings[at++];
    const end = at + 1 + postings[at++];
    let position = 0;
    for (; at < end; at++) {
      position += postings[at] >> SHIFT;
      take(document, position, postings[at] & 7);
    }
  }
}
