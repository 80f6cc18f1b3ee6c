"""Export the articles of a content folder for other tools, or the site as files for any host.

plain_markdown  one article in CommonMark, without anything that this site alone understands
folder          all of them, with their pictures, in a folder of their own
compact         search without a service
static          the whole site as files
"""

from services.exporting.folder import ExportRefused, export_markdown

__all__ = ["ExportRefused", "export_markdown"]
