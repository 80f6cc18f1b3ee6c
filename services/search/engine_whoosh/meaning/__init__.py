"""What a query means on this site.

plan         ParsedQuery → Plan: what each word may match, and its weight
compounds    quoted lower-case words that are compounds of the site
spacing      words typed apart or run together
correction   candidates for a word that the site does not have
resolve      which of those readings to search
"""
