// Numbers, and what depends on them, as the language of the page writes them.

import { fill } from "./messages.js";

const language = document.documentElement.lang || "en";

export const number = (value) => new Intl.NumberFormat(language).format(value);

export function plural(forms, count, values = {}) {
  return fill(forms[new Intl.PluralRules(language).select(count)] ?? forms.other, { count: number(count), ...values });
}

// The pieces of a list of ``count`` alternatives: what stands between them, and the number of each.
export function listed(count) {
  // English is British here, as in the pages of the service: no comma before the last entry.
  const parts = new Intl.ListFormat(language === "en" ? "en-GB" : language, { type: "disjunction" }).formatToParts(Array.from({ length: count }, (_, at) => String(at)));
  return parts.map((part) => (part.type === "element" ? Number(part.value) : part.value));
}
