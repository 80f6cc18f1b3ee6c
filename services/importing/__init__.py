"""Import the archive of another tool into a content folder of this site, with a report of every construct.

importer       one import from the first file read to the last one written
work           the job, the source as read, and the decisions so far
reading        the files of a source as plain values; nothing of it is executed
kinds          what each tool means by its files
foreign_site   the site that this makes
metadata       front matter of other tools in the terms of this one
settling       one number for each part, one spelling for each name, a date and a place for each document
naming         a slug for each document, the same in every run
conversion     one document through all converters
constructs     the converters
linking        targets of the old site as targets here
beside         files beside an article, and its cover
aliases        the old addresses of documents
redirects      the old addresses of feeds, lists and other sites
articles       the text of what is written
writing        files into the target, and the record of earlier imports
findings       what happened to each construct
report         the findings for a terminal and for a file
errors         ImportRefused: an import cannot be done, and nothing was written
"""

from services.importing.errors import ImportRefused
from services.importing.importer import import_site
from services.importing.work import Job

__all__ = ["ImportRefused", "Job", "import_site"]
