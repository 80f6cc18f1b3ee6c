"""Search without a service: an index in small files, of which a browser loads the few that a query needs.

Terms are made by the service's own analyzer at export: a browser splits and folds the query, and looks terms up.

corpus      articles → words, and where each stands
groups      words → stem groups, and the inflections that no article has
near_words  words → existing words near them, which are not typos
fragments   one article as a result shows it: its frame, its sections, its text
table       all articles as columns: lengths, attributes, dates
files       all of it → files, in shards by the first letters
"""

from services.exporting.compact.files import compact_files

__all__ = ["compact_files"]
