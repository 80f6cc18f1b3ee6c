// What is typed and what is read → tokens, by the rules of services/search/text/tokens.py as far as a reader meets them.
// A token is { surface, start, end, position, width, parts }; parts are { surface, start, end, position }.

const APOSTROPHES = "'\u2019\u2018\u00b4\uff07\u02bc";
const INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff";
const UNSPACED =
  "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9d";
const MAX_SURFACE_CHARS = 80;

// Letters that Unicode does not decompose, as people type them.
const WRITTEN = { æ: "ae", œ: "oe", ð: "d", þ: "th", ı: "i", ŋ: "n", ß: "ss", ø: "o", ł: "l", đ: "d", ħ: "h", ŧ: "t" };
const LETTERS = new RegExp("[" + Object.keys(WRITTEN).join("") + "]", "g");
const DIACRITICS = /[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]/g;
const NOTHING = new RegExp("[" + APOSTROPHES + INVISIBLE + "\u034f\u0640\ufe00-\ufe0f]", "g");
const ASCII = /^[\x00-\x7f]*$/;

function fold(text) {
  if (ASCII.test(text)) return text.toLowerCase().replaceAll("'", "");
  const plain = text.normalize("NFKD").replace(DIACRITICS, "").toLowerCase();
  return plain
    .replace(LETTERS, (letter) => WRITTEN[letter])
    .replace(NOTHING, "")
    .replace(/[\u2010\u2011]/g, "-")
    .normalize("NFC");
}

const surfaceOf = (text) => fold(text.slice(0, 2 * MAX_SURFACE_CHARS)).slice(0, MAX_SURFACE_CHARS);

// Whether a surface is written like an identifier, and has no inflections.
export const isCodeWord = (surface) => ASCII.test(surface) && !/^[a-z]+$/i.test(surface);

const FIRST = "[\\p{L}\\p{N}_]";
const WORD = "[\\p{L}\\p{N}\\p{M}_" + INVISIBLE + "]";
const JOINER =
  "(?:[-./:@#" + APOSTROPHES + "\u2010\u2011](?:(?<=:)(?::|[/][/])|(?<=[/])[.])?" +
  "|[+][+][-./:@#]?|[,\u00a0\u2009\u202f](?<=\\p{Nd}.)(?=\\p{Nd}{3}(?!\\p{Nd}))" +
  "|,(?<=\\d,)(?<!,\\d{1,2},)(?=\\d{1,6}(?!\\d|,\\d|[\\])}])))";
const DECORATION =
  "(?:[-/.](?<![^\\s\"'`\u201c(\\[{=,;:|][-/.])(?:(?<=-)-?|(?<=[/])|(?<=[.])(?=\\p{L})))";
const SIGN = "(?:[+][+](?![+])|#(?<!" + WORD + WORD + "#)(?<=\\p{L}#))?";
const WORDS = FIRST + WORD + "*(?:" + JOINER + FIRST + WORD + "*)*" + SIGN;
const TOKEN = new RegExp("[" + UNSPACED + "]\\p{M}*|(?:[@$]|" + DECORATION + ")?" + WORDS, "gu");
const HAS_UNSPACED = new RegExp("[" + UNSPACED + "]");
const RUN = new RegExp("[" + UNSPACED + "]|[^" + UNSPACED + "]+", "gu");

const POSSESSIVE = new RegExp("[" + APOSTROPHES + "][sS]$");
const CONTRACTION = new RegExp("^" + WORD + "+[" + APOSTROPHES + "][tT]$", "u");
// I'd, she'll: joined, they would be an id and a shell.
const SHORTENED = new RegExp("(?<=[A-Za-z])[" + APOSTROPHES + "](?:[dDmM]|re|ve|ll|RE|VE|LL)$");
const CLOSED = /^(?:\p{L}{1,5}[-\u2010\u2011]\p{L}{2,12}|\p{L}[-\u2010\u2011]\d{1,4})$/u;
const NAME = new RegExp("(?<!\\p{L}|\\p{N}|_)[A-Za-z](?:[+][+]|#(?!\\p{L}))|" + FIRST + WORD + "*(?:(?<=\\p{Nd})[.](?=\\p{Nd})" + WORD + "+)*", "gu");
const GROUPED = /^\$?(\d{1,3})((?:[,_\u00a0\u2009\u202f]\d{3})+)(\.\d+)?$/;
// 99,9, 1.299,95 and 0,125, perhaps with a unit: a decimal comma.
const DECIMAL = /^(\$?)(\d{1,3}(?:[.\u00a0\u2009\u202f]\d{3})+|\d+),(\d{1,2}|(?<=\b0,)\d{3,6}|\d{4,6})(\p{L}{0,4})$/u;
const NUMBERED = /^(\p{L}{2,})(\d+(?:\.\d+)*)$/u;
const MEASURED = /^(\d+(?:\.\d+)*)(\p{L}{1,4})$/u;
// TLSv1.3 and cgroupv2: the version has a letter of its own, unless the word ends in it.
const VERSIONED = /^(\p{L}{2,})([vV]\d+(?:\.\d+)*)$/u;
const ENDING_IN_V = new Set(["ad", "con", "de", "di", "en", "in", "ip", "na", "pre", "re", "rec", "sr"]);
const VERSIONED_ACRONYM = /^[A-Z]{2,}v\d+(?:\.\d+)*$/;
// GPUs, PCIe, SSHing: an acronym with one small letter or an ending behind it.
const ACRONYM = /^([A-Z]{2,})([a-z]|e[dsr]|ers|ing)$/;
// P95s, IPv4s: the plural of a name that ends in a number.
const NUMBERS = /^((?:[A-Z][A-Za-z]{0,11}|[a-z]{1,3}[A-Z][A-Za-z]{0,9})\d{1,6})s$/;
// mTLS'd, a 401'd call: an acronym or a number as a verb.
const VERBED = new RegExp("(?<=[A-Z\\d][A-Z\\d])[" + APOSTROPHES + "](?:d|ed|ing)$");
const VERSION = /^[vV](\d+(?:\.\d+)+)$/;
// Plural acronyms (SVIDs), acronyms (HTTP in HTTPServer), words; over the shape of a name.
const CASED = /[0.]*(?:A{2,}s(?![as])|A+(?![as])|A?[as]+)(?:[0.]+[as]*)*|[0.]+|[+#]+/g;

function shapeOf(name) {
  return [...name]
    .map((letter) => (letter === "s" ? "s" : /\p{Lu}/u.test(letter) ? "A" : /\p{N}/u.test(letter) ? "0" : /[.+#]/.test(letter) ? letter : "a"))
    .join("");
}

// The ranges of the words of one name without underscores.
function wordsOf(name) {
  const version = VERSION.exec(name);
  if (version) return [[1, name.length]];
  if (name === name.toLowerCase() || VERSIONED_ACRONYM.test(name) || ACRONYM.test(name) || NUMBERS.test(name)) return [[0, name.length]];
  const words = [];
  for (const { 0: text, index } of shapeOf(name).matchAll(CASED)) {
    const end = index + text.length;
    const last = words.at(-1);
    // Case alone never cuts off one letter: gRPC, mTLS and IoT are one word.
    if (last && last[1] === index && (end - index === 1 || index - last[0] === 1)) last[1] = end;
    else words.push([index, end]);
  }
  return words.length ? words : [[0, name.length]];
}

// Where letters and digits meet once: rfc9110, 16GiB.
function boundaries(word) {
  const plural = NUMBERS.exec(word);
  if (plural) return [[plural[1], 0, plural[1].length]];
  const acronym = ACRONYM.exec(word);
  if (acronym) return acronym[2] === "s" ? [] : [[acronym[1], 0, acronym[1].length]];
  const versioned = word.length <= 24 && VERSIONED.exec(word);
  if (versioned && !ENDING_IN_V.has(versioned[1].toLowerCase())) {
    const from = versioned[1].length;
    // The number without its letter has the same position.
    const bare = versioned[2].includes(".") ? [[versioned[2].slice(1), from + 1, word.length, 1]] : [];
    return [[versioned[1], 0, from], [versioned[2], from, word.length], ...bare];
  }
  const match = word.length <= 24 && (NUMBERED.exec(word) ?? MEASURED.exec(word));
  return match ? [[match[1], 0, match[1].length], [match[2], match[1].length, word.length]] : [];
}

function partsOf(raw) {
  const parts = [];
  const grouped = GROUPED.exec(raw);
  if (grouped) return [];
  const names = [...raw.matchAll(NAME)].filter((one) => /[\p{L}\p{N}]/u.test(one[0]));
  if (CLOSED.test(raw)) parts.push({ surface: surfaceOf(raw.replace(/[-\u2010\u2011]/, "")), start: 0, end: raw.length, position: 0 });
  let position = 0;
  for (const { 0: name, index: from } of names) {
    const inner = [];
    let at = 0;
    for (const { 0: piece, index } of name.matchAll(/[^_]+/g)) {
      for (const [first, last] of wordsOf(piece)) {
        const start = index + first;
        const word = piece.slice(first, last);
        const cut = boundaries(word);
        if (!cut.length || word.length < name.length) inner.push({ surface: surfaceOf(word), start, end: index + last, position: at });
        cut.forEach(([text, begin, end, place], number) =>
          inner.push({ surface: surfaceOf(text), start: start + begin, end: start + end, position: at + (place ?? number) }),
        );
        at += Math.min(2, cut.length) || 1;
      }
    }
    if (inner.length > 1 && names.length > 1) parts.push({ surface: surfaceOf(name), start: from, end: from + name.length, position });
    for (const one of inner) parts.push({ ...one, start: from + one.start, end: from + one.end, position: position + one.position });
    position += at;
  }
  return parts;
}

// A number with a decimal comma: as with a point; the digits on both sides and the unit are parts.
function decimalOf([raw, sign, before, decimals, unit]) {
  const whole = before.replace(/\D/g, "");
  const from = sign.length;
  const comma = from + before.length;
  const end = comma + 1 + decimals.length;
  const parts = [{ surface: whole, start: from, end: comma, position: 0 }, { surface: decimals, start: comma + 1, end, position: 1 }];
  if (unit) {
    parts.unshift({ surface: `${whole}.${decimals}`, start: from, end, position: 0 });
    parts.push({ surface: surfaceOf(unit), start: end, end: raw.length, position: 1 });
  }
  return { surface: `${whole}.${decimals}${surfaceOf(unit)}`, start: from, length: raw.length, parts };
}

const known = new Map();

function tokenOf(typed) {
  let found = known.get(typed);
  if (found !== undefined) return found;
  let raw = typed;
  while (POSSESSIVE.test(raw)) raw = raw.slice(0, -2);
  raw = raw.replace(VERBED, "").replace(SHORTENED, "");
  const decimal = DECIMAL.exec(raw);
  const grouped = GROUPED.exec(raw);
  const surface = grouped ? raw.replace(/[^\d.]/g, "") : surfaceOf(raw);
  let parts = CONTRACTION.test(raw) || /^[A-Za-z]?[a-z]*$/.test(raw) ? [] : partsOf(raw);
  if (parts.length === 1 && parts[0].start === 0 && parts[0].end === raw.length) parts = [];
  found = decimal ? decimalOf(decimal) : /[\p{L}\p{N}]/u.test(surface) ? { surface, length: raw.length, parts } : null;
  if (known.size > 20000) known.clear();
  known.set(typed, found);
  return found;
}

export function tokenize(text) {
  const tokens = [];
  let position = 0;
  const spaced = HAS_UNSPACED.test(text) ? [...text.matchAll(RUN)] : [{ 0: text, index: 0 }];
  for (const { 0: run, index: from } of spaced) {
    for (const { 0: raw, index } of run.matchAll(TOKEN)) {
      const found = tokenOf(raw);
      if (!found) continue;
      const start = from + index;
      const width = found.parts.length ? found.parts.at(-1).position + 1 : 1;
      const parts = found.parts.map((one) => ({ ...one, start: start + one.start, end: start + one.end }));
      tokens.push({ surface: found.surface, start: start + (found.start ?? 0), end: start + found.length, position, width, parts });
      position += width;
    }
  }
  return tokens;
}
