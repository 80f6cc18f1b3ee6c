"""A small site of Hugo."""

from __future__ import annotations

from tests.importing.sites.files import PIXEL, Files

HUGO: Files = {
    "hugo.toml": """
baseURL = "https://blog.example.org/"
title = "Notes on queues"
languageCode = "en-GB"
timeZone = "Europe/Paris"
[params]
description = "How work waits."
version = "1.4"
[permalinks]
posts = "/:year/:month/:slug/"
[[menus.main]]
name = "Start"
url = "/posts/"
weight = 1
[[menus.main]]
name = "About"
pageRef = "/about"
weight = 2
""",
    "content/posts/first.md": """+++
title = "First post"
date = 2024-03-05T10:00:00
lastmod = 2024-04-01
slug = "the-first"
keywords = ["Queues", "C#"]
params.author = "Ada"
aliases = ["/old/first.html"]
+++
Work waits in a queue.

<!--more-->

## 4.4.1 / 2025

![A queue](/img/queue.png "Seen from above")

{{< figure src="/img/queue.png" alt="The queue again" caption="Again" >}}

See [the second]({{< ref "second.md#retries" >}}) and [by address](/2024/04/second/).

{{< youtube dQw4w9WgXcQ >}}

{{< x user="golang" id="1" >}}

{{< note >}}
Mind the **gap**.
{{< /note >}}

Version {{< param version >}}.

```go {linenos=table,hl_lines=[1,"2-3"]}
a := 1
b := 2
c := 3
```

```text
{{</* not/a/shortcode */>}}
```

{{< unknown thing >}}
""",
    "content/posts/second/index.md": """---
title: Second post
date: 2024-04-02
draft: false
tags: [queues, "Machine Learning"]
---

## Retries

![Beside](beside.png)
""",
    "content/posts/second/beside.png": PIXEL,
    "content/posts/unfinished.md": "---\ntitle: Unfinished\ndraft: true\n---\nLater.\n",
    "content/posts/_index.md": "---\ntitle: Posts\n---\n",
    "content/about.md": "---\ntitle: About\n---\n\nWho writes here.\n",
    "static/img/queue.png": PIXEL,
}  # fmt: skip
