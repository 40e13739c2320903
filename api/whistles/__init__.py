"""Whistles 吹哨: the community calls a department, and the department reports 报到, or says why it does not."""
