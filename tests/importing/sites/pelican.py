# ruff: noqa: E501 - text of other tools
"""A small site of Pelican."""

from __future__ import annotations

from tests.importing.sites.files import PIXEL, Files

PELICAN: Files = {
    "pelicanconf.py": "import os\nSITENAME = 'Pelican notes'\nSITEURL = 'https://pelican.example.org'\nAUTHOR = 'Ada'\nTIMEZONE = 'Europe/Paris'\nPATH = 'content'\nARTICLE_URL = 'blog/{date:%Y}/{date:%m}/{slug}/'\nos.system('touch executed')\n",
    "content/first.md": """Title: The first
Date: 2013-05-06 07:08
Tags: python, Data Science
Slug: the-first
Summary: Short words.

<!-- PELICAN_BEGIN_SUMMARY -->
Lead.
<!-- PELICAN_END_SUMMARY -->

## Closed heading ##

{% img /images/p.png 100 A pixel %}

{% include_code hello.py lang:python Say hello %}

{% literal {{ x }} %}

Cost is $x^2$.

[next]({filename}second.md) and [root](/blog/2013/06/second/).
""",
    "content/second.md": "Title: Second\nDate: 2013-06-07\n\nWords.\n",
    "content/pages/about.md": "Title: About\n\nWho.\n",
    "content/images/p.png": PIXEL,
    "content/code/hello.py": "print('hello')\n",
    "content/other.rst": """Other post
==========

:date: 2013-07-08 09:10
:tags: rst

Some *words* with ``code`` and a link_ to `the first <{filename}/first.md>`_.

Part
----

.. sourcecode:: python
   :linenos: table

   print(1)

.. note:: Mind.

.. image:: {static}/images/p.png
   :alt: A pixel

1. one

   - two

.. foreign:: x

   kept

.. _link: https://example.org
""",
}  # fmt: skip
