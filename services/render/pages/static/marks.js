// The words that were searched for, marked where the reader arrives, in browsers that know no text directives
// (https://wicg.github.io/scroll-to-text-fragment/). Loaded only there.

// The passages that ``hash`` names, without the words before and after them.
function passages(hash) {
  const directive = hash.split(":~:")[1] ?? "";
  return directive
    .split("&")
    .filter((part) => part.startsWith("text="))
    .flatMap((part) =>
      part
        .slice(5)
        .split(",")
        .filter((piece) => !piece.endsWith("-") && !piece.startsWith("-")),
    )
    .map((piece) => decodeURIComponent(piece));
}

function rangesOf(words, root) {
  const ranges = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data.toLowerCase();
    for (const word of words) {
      for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
        const range = new Range();
        range.setStart(walker.currentNode, at);
        range.setEnd(walker.currentNode, at + word.length);
        ranges.push(range);
      }
    }
  }
  return ranges;
}

export function markSearched(location, root) {
  const words = passages(location.hash).map((text) => text.toLowerCase());
  const [anchor] = location.hash.split(":~:");
  history.replaceState(null, "", anchor || location.pathname);
  document.getElementById(decodeURIComponent(anchor.slice(1)))?.scrollIntoView();
  if (words.length && globalThis.Highlight) CSS.highlights.set("searched", new Highlight(...rangesOf(words, root)));
}
