# ruff: noqa: E501 - text of other tools
"""A small site of Jekyll."""

from __future__ import annotations

from tests.importing.sites.files import Files

JEKYLL: Files = {
    "_config.yml": """
title: Jekyll notes
url: https://jekyll.example.org
baseurl: /notes
timezone: Europe/Berlin
author: {name: Ada}
repository: https://github.com/example/notes
""",
    "_data/links.yml": "docs: https://docs.example.org\n",
    "_includes/hint.html": "<p class=\"hint\">{{ include.text }}</p>\n",
    "_posts/2023-05-06-hello-world.md": """---
title: "Hello: world"
date: 2023-05-06 10:00:00 +0530
categories: [Travel Notes, go]
redirect_from: /first
---
Intro with {{ site.data.links.docs }}.

{% highlight ruby %}
puts "hi"
{% endhighlight %}

[repo]({{ site.repository }}/issues) and [next]({% post_url 2023-06-07-second %}) and [about]({% link about.md %}).

{% include hint.html text="Read on" %}

{% raw %}{{ literal }}{% endraw %}

## Setup
{: #install .big}

<h3>Raw heading</h3>

Done :tada:
{: .note}

* TOC
{:toc}

{% for post in site.posts %}x{% endfor %}
""",
    "_posts/2023-06-07-second.md": "---\npermalink: /special/\n---\n# Second\n\nSee [the first](/notes/travel%20notes/go/2023/05/06/hello-world.html#install).\n",
    "_drafts/idea.md": "---\ntitle: Idea\n---\nNot yet.\n",
    "about.md": "---\ntitle: About\npermalink: /about/\n---\nWho.\n",
    "index.html": "---\nlayout: home\n---\n",
}  # fmt: skip
