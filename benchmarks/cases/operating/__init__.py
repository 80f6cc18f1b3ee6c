"""Services under load.

overload   hundreds of clients that ask for what no cache has
soak       ten minutes at four fifths of capacity, with an edit every two seconds
telemetry  both services with traces and without
"""
