"""The face of a running site, measured in Chromium beside other search interfaces over the same articles.

peers       each interface: how it is driven, and how it is made out of the articles of a site
measures    one interface measured: opening, answers, places, weight, layout shift
lighthouse  Lighthouse on the kinds of page, phone and desktop
"""
