"""A program: its event loop, its children, its log.

Does not depend on HTTP or content.

loop         the event loop of a program, and a bounded shutdown
tasks        work that runs beside the code of a context
admission    how many tasks begin in one iteration of the event loop
heartbeat    how late an event loop is, and whether it is stuck
loop_thread  a second event loop on a thread of its own
child        one child process, restarted with exponential backoff
logger       structured events with fields
logs         how events are written: coloured lines on a terminal, JSON elsewhere
pool         processes that do part of the work of this one
memory       return freed memory to the operating system
regular      open files that must be regular, without waiting for others
durable      write files that survive a power failure
byte_cache   an LRU cache bounded by the bytes of its values
"""
