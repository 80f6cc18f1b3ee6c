"""Convert front matter of other tools to this site's. Pure.

values   single values: texts, names, switches
dates    dates and times in the forms that tools write
table    the whole table → Metadata
"""
