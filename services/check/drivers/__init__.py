"""Scripts that run code samples in processes of their own: each takes files and prints what the last one prints.

python_driver   run Python samples
sqlite_driver   run SQL samples in SQLite
"""
