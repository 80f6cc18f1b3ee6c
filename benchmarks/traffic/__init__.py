"""Clients over HTTP, each in keep-alive connections of its own.

load     how many answers a second a server gives, and how long each takes
clients  what becomes of every request while a server is overloaded, restarted or edited
"""
