// Every word that the scripts of search show.

import { fill } from "./messages.js";

export const WORDS = {
  articles: gettext("Articles"),
  search: (text) => fill(gettext("Search: %(text)s"), { text }),
  found: (articles) => fill(gettext("%(articles)s found."), { articles }),
  best: (title) => fill(gettext("Press Enter to open %(title)s."), { title }),
  nothing: gettext("No results."),
  unreachable: gettext("Search is unreachable. Showing matches from this page only."),
  offline: gettext("Search is unreachable. Are you offline?"),
  tryAgain: gettext("Try again"),
  recent: gettext("Recent searches (stored only on this device)"),
  recentCleared: gettext("Recent searches cleared"),
  clear: gettext("Clear"),
  clearRecent: gettext("Clear recent searches"),
  hints: [
    [gettext("\"exact phrase\""), gettext("these words in this order")],
    [gettext("-word"), gettext("without this word")],
    [gettext("title:word"), gettext("in the title")],
    [gettext("tag:name"), gettext("with this tag")],
    [gettext("pre*"), gettext("words with this beginning")],
  ],
};
