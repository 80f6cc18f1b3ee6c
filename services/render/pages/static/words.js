// Every word that the scripts of a page show; those of search are in search-words.js, the pages have theirs in the templates.

import { fill } from "./messages.js";

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
};
