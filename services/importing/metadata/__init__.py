"""Front matter of other tools in the terms of this site. Pure.

values   single values: texts, names, switches
dates    dates and times in the forms that tools write
table    the whole table → Metadata
"""
