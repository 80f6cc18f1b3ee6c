// Every word that the scripts of a page show; those of search are in search-words.js, the pages have theirs in the templates.

export const WORDS = {
  copy: "Copy",
  copied: "Copied",
  copyFailed: "Copy failed",
  copyRefused: "The browser did not allow copying",
  copyName: (name) => `Copy ${name}`,
  copiedName: (name) => `Copied ${name}`,
  code: (language) => `${language} code`,
  schemes: { system: "System", light: "Light", dark: "Dark" },
  scheme: (now, next) => `Colour scheme: ${now}. Change to ${next}`,
  contentErrors: (count) => (count === 1 ? "1 content error" : `${count} content errors`),
  close: "Close",
};
