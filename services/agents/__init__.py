"""The site for agents: articles as Markdown, and tools that search and read them.

protocol          the Model Context Protocol: messages in, messages out
tools             the two tools, search and read
markdown_version  one article or page as Markdown
"""
