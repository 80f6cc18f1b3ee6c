"""Commands that search the index and read articles.

query  search from the terminal
mcp    the tools for agents, on standard input and output
"""
