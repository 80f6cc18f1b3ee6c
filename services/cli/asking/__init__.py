"""The commands that ask the index and the articles.

query  search from the terminal
mcp    the tools for agents, on standard input and output
"""
