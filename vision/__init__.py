"""Pictures in, hazards out: detection, tracking, zones and hazard rules.

Arrays in, values out. Nothing here opens a socket, starts a thread, reads a clock or touches a database,
so a recorded clip and a live camera take exactly the same path.
"""
