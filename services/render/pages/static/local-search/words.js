// The words of results that the browser puts together: the messages of templates/results.html, and one of its own.

import { fill } from "../messages.js";
import { listed, number, plural } from "../numbers.js";

// A message with markup as nodes. Its placeholders are filled with texts or nodes.
export function rich(message, values = {}) {
  const html = message.replace(/%\((\w+)\)s/g, '<slot name="$1"></slot>');
  const { body } = new DOMParser().parseFromString(html, "text/html");
  for (const slot of body.querySelectorAll("slot")) slot.replaceWith(...[values[slot.name]].flat());
  body.normalize();
  return [...body.childNodes];
}

// ``nodes`` as alternatives in a sentence.
export const sentence = (nodes) => listed(nodes.length).map((part) => (typeof part === "number" ? nodes[part] : part));

export { fill, number };

export const WORDS = {
  articles: (count) => plural(ngettext("%(count)s article", "%(count)s articles"), count),
  someArticles: (all, more) =>
    plural(ngettext("%(count)s article with all words, %(more)s more with some", "%(count)s articles with all words, %(more)s more with some"), all, { more: number(more) }),
  correction: gettext("No results for <q>%(original)s</q>. Showing results for <strong>%(text)s</strong>."),
  insteadOf: gettext("Search instead for <q>%(original)s</q>"),
  readings: {
    phrase: [gettext("Only articles with the exact phrase <q>%(typed)s</q>."), gettext("Search for its words")],
    exclusion: [gettext("Excluded by <q>%(typed)s</q>."), gettext("Search for the word instead")],
    field: [gettext("Only in one part of an article: <q>%(typed)s</q>."), gettext("Search everywhere")],
    filter: [gettext("Filtered by <q>%(typed)s</q>."), gettext("Search for the words instead")],
    either: [gettext("Either of two: <q>%(typed)s</q>."), gettext("Search for the word “or”")],
    beginning: [gettext("Every word that begins with <q>%(typed)s</q>."), gettext("Search for this word")],
  },
  missing: gettext("No article contains %(words)s."),
  showingSome: gettext("Showing articles with some of the other words."),
  none: gettext("No article contains all of the words."),
  mostFirst: gettext("The ones that contain the most come first."),
  offers: gettext("Did you mean %(offers)s?"),
  results: gettext("Results"),
  more: (count) => fill(gettext("More results (%(count)s)"), { count: number(count) }),
  pages: gettext("Pages of results"),
  page: (page) => fill(gettext("Page %(page)s"), { page }),
  previous: gettext("Previous"),
  next: gettext("Next"),
  emptyPage: gettext("There are no results on this page."),
  firstPage: gettext("Go to the first page"),
  noResults: gettext("No results"),
  noResultsFor: gettext("No results for <q>%(text)s</q>"),
  tryFewer: gettext("Try fewer or different words."),
  tryFewerFilters: gettext("Try fewer or different words, or remove a filter."),
  browse: gettext("You can also browse <a href=\"/archive/\">the archive</a> or <a href=\"/tags/\">the tags</a>."),
  near: gettext("Articles that share some of its words"),
  tags: gettext("Tags"),
  sort: gettext("Sort"),
  activeFilters: gettext("Active filters"),
  removeFilter: gettext("<span class=\"visually-hidden\">Remove the filter </span>%(filter)s"),
  clearAll: gettext("Clear all"),
  filters: gettext("Filters"),
  refused: {
    number: gettext("%(name)s is %(value)s: it takes a whole number from 1 to %(most)s"),
    choice: gettext("%(name)s is %(value)s: it takes one of %(names)s"),
  },
  limits: gettext("This copy of the site searches in your browser: by words, not by meaning, and it corrects fewer typos."),
};
