"""Scripts that run code samples in processes of their own: each takes files and prints the output of the last one.

python_driver   run Python samples
sqlite_driver   run SQL samples in SQLite
"""
