"""Out again: the articles of a content folder for other tools.

plain_markdown  one article in CommonMark, without anything that this site alone understands
folder          all of them, with their pictures, in a folder of their own
"""

from services.exporting.folder import ExportRefused, export_markdown

__all__ = ["ExportRefused", "export_markdown"]
