"""Moving in: the archive of another tool as a content folder of this site, with a report of all that happened.

In the order in which data meets them: ``reading`` (the source, as values), ``kinds`` (what each tool means by them),
``foreign_site``
(the site that this makes), ``metadata`` (front matter), ``naming`` (a slug for each document), ``conversion`` with
``constructs`` (Markdown), ``links``,
``articles`` (the text that is written), ``writing`` (into the target, and the record of it), ``findings`` and
``report``; ``importer`` does it all.

    ImportRefused(Exception)    an import cannot be done; the message says what is wrong and what to do, and nothing
    was written
"""

from services.importing.errors import ImportRefused
from services.importing.importer import Job, import_site

__all__ = ["ImportRefused", "Job", "import_site"]
