#!/usr/bin/python3
"""A real RTSP server of other people's making, for tests: GStreamer's, under the system's own Python.

    gst_rtsp_server.py [--user NAME:PASSWORD] [--port N] NAME=FILE ...

Serves H.264 files on loopback as they are, one shared stream each. Prints `port N` once it listens; ends by itself
when its standard input is closed, so no test run can leave one behind.
"""

import argparse
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

DEMUXER = {".mkv": "matroskademux", ".mp4": "qtdemux"}


def factory(path, guarded):
    made = GstRtspServer.RTSPMediaFactory()
    demuxer = DEMUXER[path[path.rindex(".") :]]
    made.set_launch(
        f'( filesrc location="{path}" ! {demuxer} ! h264parse ! rtph264pay config-interval=-1 name=pay0 pt=96 )'
    )
    made.set_shared(True)
    if guarded:
        permissions = GstRtspServer.RTSPPermissions()
        permissions.add_permission_for_role("user", "media.factory.access", True)
        permissions.add_permission_for_role("user", "media.factory.construct", True)
        made.set_permissions(permissions)
    return made


def guard(server, pair):
    name, password = pair.split(":", 1)
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "user")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(name, password), token)
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
    server.set_auth(auth)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--user")
    parser.add_argument("--port", default="0")
    parser.add_argument("streams", nargs="+")
    asked = parser.parse_args()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(asked.port)
    if asked.user:
        guard(server, asked.user)
    for pair in asked.streams:
        name, path = pair.split("=", 1)
        server.get_mount_points().add_factory(f"/{name}", factory(path, bool(asked.user)))
    server.attach(None)
    print("port", server.get_bound_port(), flush=True)
    loop = GLib.MainLoop()
    GLib.io_add_watch(sys.stdin.fileno(), GLib.PRIORITY_DEFAULT, GLib.IO_HUP | GLib.IO_IN, lambda *_: loop.quit())
    loop.run()


main()
