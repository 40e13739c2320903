"""What the kernel has thrown away of datagrams because the buffer of a socket was full, by its port (Linux)."""

from __future__ import annotations

from pathlib import Path

_TABLES = (Path("/proc/net/udp"), Path("/proc/net/udp6"))


def dropped_at(port: int, tables: tuple[Path, ...] = _TABLES) -> int | None:
    """Of all sockets bound to this port; None where the system does not tell, or none is."""
    wanted, found = f":{port:04X}", []
    for table in tables:
        try:
            lines = table.read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        # proc(5): slot, local address, …, and the drops last.
        rows = [line.split() for line in lines]
        found += [int(row[-1]) for row in rows if len(row) >= 13 and row[1].endswith(wanted)]
    return sum(found) if found else None
