# ruff: noqa: E501 - text of other tools
"""A small site of Docusaurus."""

from __future__ import annotations

from tests.importing.sites.files import PIXEL, Files

DOCUSAURUS: Files = {
    "docusaurus.config.js": """
// @ts-check
const title = 'Docu notes';
module.exports = {
  title, tagline: 'Docs that answer', url: 'https://docu.example.org', baseUrl: '/',
  presets: [['classic', { docs: { sidebarPath: require.resolve('./sidebars.js') }, blog: { showReadingTime: true } }]],
  themeConfig: { navbar: { items: [{ type: 'doc', docId: 'intro', label: 'Docs' }, { to: '/blog', label: 'Blog' }] } },
  onBrokenLinks: process.env.CI ? 'throw' : 'warn',
};
""",
    "sidebars.js": "module.exports = { docs: [{ type: 'category', label: 'Start', items: ['intro', 'guide/setup'] }] };\n",
    "docs/01-intro.md": """---
title: Intro
description: Where to start
---
import Tabs from '@theme/Tabs';
import TabItem from '@theme/TabItem';
import Part from './_part.mdx';

<!-- prettier-ignore -->
## [Setup](./guide/setup.md#run-it) {#go}

:::caution Mind
Keep `:::` in code.
:::

<Tabs>
<TabItem value="npm" label="npm">

```bash
npm i
```

</TabItem>
<TabItem value="yarn" label="Yarn">

Use yarn.

</TabItem>
</Tabs>

A line<br/>and another.

```jsx {2} title="src/App.js" showLineNumbers
one
two
```

<Part />

{/* a comment */}
""",
    "docs/_part.mdx": "Shared words.\n",
    "docs/guide/setup.mdx": "# Setup\n\n## Run it\n\nNow <Unknown a={1}>inner</Unknown>.\n",
    "blog/2022-02-03-release.md": "---\ntitle: Release\nauthors: [ada]\ntags: [News]\n---\nOut now.\n\n<!-- truncate -->\n\n![Pixel](/img/p.png)\n",
    "blog/authors.yml": "ada:\n  name: Ada Lovelace\n",
    "static/img/p.png": PIXEL,
    "src/pages/index.js": "export default () => null;\n",
}  # fmt: skip
