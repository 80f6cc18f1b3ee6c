// Every word that the scripts of search show.

export const WORDS = {
  found: (articles) => `${articles} found.`,
  best: (title) => `Press Enter to open ${title}.`,
  nothing: "No results.",
  unreachable: "Search is unreachable. Showing matches from this page only.",
  offline: "Search is unreachable. Are you offline?",
  tryAgain: "Try again",
  recent: "Recent searches (stored only on this device)",
  recentCleared: "Recent searches cleared",
  clear: "Clear",
  clearRecent: "Clear recent searches",
  hints: [
    ['"exact phrase"', "these words in this order"],
    ["-word", "without this word"],
    ["title:word", "in the title"],
    ["tag:name", "with this tag"],
    ["pre*", "words that begin so"],
  ],
};
