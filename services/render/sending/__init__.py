"""Prepared answers on their way to a client.

requests       requests as they are read, below the path of the site or without it
bundling       scripts and style sheets with their imports
static_files   the service's own files, fingerprinted and compressed once
prepared       an answer in every encoding, with its headers
negotiation    which encoding a request takes
admission      bounds the pages that are made for one reader
respond        the last step: a prepared answer → the response of aiohttp
"""
