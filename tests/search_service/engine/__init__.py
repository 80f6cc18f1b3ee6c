"""The port of engines: its contract, and what holds for every engine in this process.

store_contract   a store: syncs, generations, what is left of a failed sync
search_contract  searches: hits, their order, and their contents
engine_contract  both, for a test module to subclass
memory_engine    a small engine in memory that keeps the contract
"""
