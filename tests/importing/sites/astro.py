# ruff: noqa: E501 - text of other tools
"""A small site of Astro and Starlight."""

from __future__ import annotations

from tests.importing.sites.files import PIXEL, Files

ASTRO: Files = {
    "astro.config.mjs": """
import { defineConfig } from 'astro/config';
import starlight from '@astrojs/starlight';
export default defineConfig({
  site: 'https://star.example.org',
  integrations: [starlight({ title: 'Star notes', sidebar: [{ label: 'Guides', items: ['guides/one', 'guides/two'] }] })],
});
""",
    "src/content/docs/index.mdx": "---\ntitle: Welcome\ndescription: The start\n---\nimport { LinkCard, CardGrid } from '@astrojs/starlight/components';\n\n<CardGrid>\n  <LinkCard title=\"One\" href=\"/guides/one/\" description=\"First\" />\n  <LinkCard title=\"Two\" href=\"/guides/two/#deep\" />\n</CardGrid>\n",
    "src/content/docs/guides/one.mdx": """---
title: One
description: The first guide
---
import { Tabs, TabItem, Aside, Steps, FileTree } from '@astrojs/starlight/components';
import logo from '../../../assets/logo.png';

<Aside type="caution" title="Mind">
Words.
</Aside>

<Tabs>
  <TabItem label="A">First.</TabItem>
  <TabItem label="B">Second.</TabItem>
</Tabs>

<Steps>
1. Do it.
2. Done.
</Steps>

<FileTree>
- src
  - index.js
</FileTree>

:::tip[Know]
A tip.
:::

```js title="a.js" {1,3-4} ins={2}
1
2
3
4
```

<Image src={logo} alt="Logo" />

Next: [two](/guides/two/).
""",
    "src/content/docs/guides/two.md": "---\ntitle: Two\ndescription: The second guide\n---\n\n## Deep\n\nEnd.\n",
    "src/assets/logo.png": PIXEL,
}  # fmt: skip
