// Where the site lies: "/", or "/blog/" for a site at https://example.org/blog.

export const ROOT = document.body.dataset.root;
