// The words of corrections as articles write them, as services/search/answering/written.py: the index has words without
// their accents.

import { tokenize } from "./tokens.js";

// Those of a text that a repair may have put there: they are written as in the index.
const repaired = (text) => tokenize(text).filter(({ surface, start, end }) => /^\p{L}+$/u.test(surface) && text.slice(start, end) === surface);

// How the marked words of prose in the hits write ``wanted``; best as one is written in small letters.
function addForms(forms, hits, wanted) {
  const other = new Map();
  for (const { title, sections } of hits) {
    for (const marked of [title, ...sections.filter((one) => !one.isCode).map((one) => one.snippet)]) {
      for (const [text, isMatch] of marked) {
        for (const { surface, start, end } of isMatch ? tokenize(text) : []) {
          const word = text.slice(start, end);
          const small = word.replaceAll("\u0130", "i").toLowerCase();
          const found = small === word ? forms : other;
          if (wanted.has(surface) && !found.has(surface)) found.set(surface, small);
        }
      }
    }
  }
  for (const [surface, word] of other) if (!forms.has(surface)) forms.set(surface, word);
}

function rewritten(text, forms) {
  return repaired(text).reduceRight((all, { surface, start, end }) => all.slice(0, start) + (forms.get(surface) ?? surface) + all.slice(end), text);
}

// An answer with the words of its correction and its offers as articles write them; ``search`` finds the hits of a word.
export async function asWritten(answer, search) {
  const { query, correction, offers, hits } = answer;
  const texts = correction === null ? offers : [...offers, correction];
  if (!texts.length) return answer;
  const typed = new Set(tokenize(query.text).map(({ surface }) => surface));
  const wanted = new Set(texts.flatMap(repaired).map(({ surface }) => surface).filter((one) => !typed.has(one)));
  const forms = new Map();
  addForms(forms, hits, wanted);
  const left = [...wanted].filter((one) => !forms.has(one));
  for (const found of await Promise.all(left.map(search))) addForms(forms, found, wanted);
  return { ...answer, correction: correction === null ? null : rewritten(correction, forms), offers: offers.map((text) => rewritten(text, forms)) };
}
