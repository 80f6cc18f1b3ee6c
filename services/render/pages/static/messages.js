// Messages with values in them. The server puts each message in the language of the site: gettext("Copy") is sent as
// "Kopieren". The messages of a page's scripts are in words.js, those of search in search-words.js.

// A message with values in its placeholders, %(name)s.
export function fill(text, values) {
  return text.replace(/%\((\w+)\)s|%%/g, (mark, name) => (name ? values[name] : "%"));
}
