"""The search interface of a running site, compared in Chromium with those of other tools over the same articles.

peers       the interfaces, and how those of other tools are built from the articles of a site
measures    one interface measured: time to open, answers, transfer size, layout shift
lighthouse  Lighthouse on the kinds of page, phone and desktop
"""
