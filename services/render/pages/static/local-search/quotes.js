// The quotation marks of other keyboards → straight ones, as services/search/text/quotes.py.

// Marks of this kind close each other: keyboards and word processors mix them.
const DOUBLE = '"\u201c\u201d\u201e\u201f\uff02';
// Marks that point: outwards in French, inwards in German, to the right in Finnish.
const POINTED = ["\u00ab\u00bb", "\u2039\u203a"];
const CORNERS = ["\u300c\u300d", "\u300e\u300f", "\uff62\uff63"];

// A pointed mark between blanks is none: it stands in a path, or for "back".
function pointed([left, right]) {
  const inner = `[^${left}${right}]*`;
  return `${left}${inner}${right}|${left}(?!\\s)${inner}$|(?<![\\p{L}\\p{N}_])${right}(?!\\s)${inner}(?:(?<!\\s)[${left}${right}]|$)`;
}

const QUOTATION = new RegExp(
  [
    `[${DOUBLE}][^${DOUBLE}]*(?:[${DOUBLE}]|$)`,
    ...POINTED.map(pointed),
    ...CORNERS.map(([left, right]) => `${left}[^${left}${right}]*(?:${right}|$)`),
  ].join("|"),
  "gu",
);
const MARKS = [DOUBLE, ...POINTED, ...CORNERS].join("");
const ENDS = new RegExp(`^[${MARKS}\\s]+|[${MARKS}\\s]+$`, "gu");
const INSIDE = new RegExp(`[${DOUBLE}]`, "g");

// ``text`` with straight marks around its quotations and none inside them. Every character keeps its place.
export function straightened(text) {
  return text.replace(QUOTATION, (typed) => {
    const isClosed = typed.length > 1 && MARKS.includes(typed.at(-1));
    return '"' + typed.slice(1, isClosed ? -1 : undefined).replace(INSIDE, " ") + (isClosed ? '"' : "");
  });
}

// A phrase without the marks around it.
export const unquoted = (text) => text.replace(ENDS, "");
