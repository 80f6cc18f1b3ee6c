"""The measured programs, as child processes.

processes  a server on a core of its own: started, waited for, measured, ended
checkout   a checkout of this project, with the environment that its services run in
services   render and search of a checkout
shutdown   orderly shutdown of a command that starts them
"""
