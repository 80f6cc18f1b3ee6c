"""A program: its event loop, its children, its log.

Does not depend on HTTP or content.

loop         the event loop of a program, and a bounded shutdown
tasks        work that runs beside the code of a context
admission    how many tasks begin in one iteration of the event loop
heartbeat    how late an event loop is, and whether it is stuck
loop_thread  a second event loop on a thread of its own
child        one child process, restarted with growing pauses
logger       structured events with fields: the one home of structlog
logs         how events are written: coloured lines on a terminal, JSON elsewhere
pool         processes that do part of the work of this one
memory       give freed memory back to the system
regular      open files that must be regular, without waiting for others
byte_cache   values kept within a number of bytes
"""
