// Every word that the scripts of a page show; those of search are in search-words.js, the pages have theirs in the templates.
// The server puts each message in the language of the site: gettext("Copy") is sent as "Kopieren".

// A message with values in its placeholders, %(name)s.
export function fill(text, values) {
  return text.replace(/%\((\w+)\)s|%%/g, (mark, name) => (name ? values[name] : "%"));
}

const language = document.documentElement.lang || "en";

export const number = (value) => new Intl.NumberFormat(language).format(value);

export function plural(forms, count, values = {}) {
  return fill(forms[new Intl.PluralRules(language).select(count)] ?? forms.other, { count: number(count), ...values });
}

// The pieces of a list of ``count`` entries: what stands between them, and the number of each.
export function listed(count, type = "conjunction") {
  const parts = new Intl.ListFormat(language, { type }).formatToParts(Array.from({ length: count }, (_, at) => String(at)));
  return parts.map((part) => (part.type === "element" ? Number(part.value) : part.value));
}

export const WORDS = {
  copy: gettext("Copy"),
  copied: gettext("Copied"),
  copyFailed: gettext("Copy failed"),
  copyRefused: gettext("The browser did not allow copying"),
  copyName: (name) => fill(gettext("Copy %(name)s"), { name }),
  copiedName: (name) => fill(gettext("Copied %(name)s"), { name }),
  code: (language) => fill(gettext("%(language)s code"), { language }),
  schemes: { system: gettext("System"), light: gettext("Light"), dark: gettext("Dark") },
  scheme: (now, next) => fill(gettext("Colour scheme: %(now)s. Change to %(next)s"), { now, next }),
  contentErrors: (count) => plural(ngettext("%(count)s content error", "%(count)s content errors"), count),
  close: gettext("Close"),
};
