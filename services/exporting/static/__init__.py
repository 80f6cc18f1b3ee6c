"""Out again: the whole site as files for any host, with search that runs in the browser.

job        content folder → a folder of files: the one call
related    the related articles of each article, from an index built for the export
outputs    Site → what is written: a name and how to make its bytes
names      address → file name; names that collide
redirects  old addresses → pages that redirect
rules      redirects and headers → the rule files of hosts
writing    outputs → the target folder, by way of a folder beside it
manifest   what an export wrote, so that the next one removes only that
"""

from services.exporting.static.job import ExportReport, StaticExport, export_site

__all__ = ["ExportReport", "StaticExport", "export_site"]
