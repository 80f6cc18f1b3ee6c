"""Query insight: what readers search for and do not find, without a record of any reader.

queries      typed text → normalised query, or None for text that may be private
visitors     client address → hash under a key of one day
counts       the counts of one query on one day
ledger       counts of all queries in memory, within bounds
store        the counts in an SQLite file, if the operator asks for one
recording    requests → ledger
report       ledger → one report: as JSON, CSV, and back from JSON
page         report → context of the operator's page
token        the operator's token
operators    the operator's page and its exports, behind a token

Nothing is counted unless PERSPECTIVE_INSIGHT_TOKEN_FILE or PERSPECTIVE_INSIGHT_FILE is set.
"""
