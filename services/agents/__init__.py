"""What programs that read for people are given: the articles as Markdown.

twins  one article or page as Markdown
"""
