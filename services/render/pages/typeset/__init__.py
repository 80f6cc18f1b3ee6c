"""Typesetting: drawings and numbers beside the text. Pure.

perspective   series and articles as frames that recede to a vanishing point
body          horizons, numbers and notes in the HTML of an article
timeline      articles as strokes on an axis of time
fragments     addresses that let a browser mark the words that were searched for
letters       the fonts that the letters of a page need
"""
