// Every word that the scripts of a page show; those of search are in search-words.js, the pages have theirs in the templates.
// The server puts each message in the language of the site: gettext("Copy") is sent as "Kopieren".

// A message with values in its placeholders, %(name)s.
export function fill(text, values) {
  return text.replace(/%\((\w+)\)s|%%/g, (mark, name) => (name ? values[name] : "%"));
}

function plural(forms, count) {
  return fill(forms[new Intl.PluralRules(document.documentElement.lang).select(count)] ?? forms.other, { count });
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
