#!/usr/bin/python3
"""A real RTSP server of other people's making, for tests: GStreamer's, under the system's own Python.

    gst_rtsp_server.py [--user NAME:PASSWORD [--digest]] [--udp] [--port N] NAME=FILE ...

Serves files on loopback as they are, one shared stream each: H.264 (.mp4, .mkv), H.265 (.h265.mkv), motion JPEG
(.avi). With --udp it refuses TCP. Prints `port N` once it listens; ends by itself
when its standard input is closed, so no test run can leave one behind.
"""

import argparse
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

CHAINS = {
    # A drone's metadata as a stream of its own beside the video (RFC 6597), from lines of seconds and hexadecimals in
    # FILE.txt: the server dies of the sparse stream that a demultiplexer makes of it.
    ".klv.mp4": "qtdemux name=d appsrc name=klv format=time caps=meta/x-klv,parsed=true ! rtpklvpay name=pay1 pt=97 "
    "d. ! h264parse ! rtph264pay config-interval=-1",
    ".h265.mkv": "matroskademux ! h265parse ! rtph265pay config-interval=-1",
    ".mkv": "matroskademux ! h264parse ! rtph264pay config-interval=-1",
    ".mp4": "qtdemux ! h264parse ! rtph264pay config-interval=-1",
    ".avi": "avidemux ! jpegparse ! rtpjpegpay",
}


def factory(path, guarded, udp):
    made = GstRtspServer.RTSPMediaFactory()
    chain = next(chain for ending, chain in CHAINS.items() if path.endswith(ending))
    made.set_launch(f'( filesrc location="{path}" ! {chain} name=pay0 pt=96 )')
    made.connect("media-configure", lambda _, media: tell(media.get_element(), path))
    if udp:
        made.set_protocols(GstRtsp.RTSPLowerTrans.UDP)
    made.set_shared(True)
    if guarded:
        permissions = GstRtspServer.RTSPPermissions()
        permissions.add_permission_for_role("user", "media.factory.access", True)
        permissions.add_permission_for_role("user", "media.factory.construct", True)
        made.set_permissions(permissions)
    return made


def tell(media, path):
    source = media.get_by_name("klv")
    if source is None:
        return
    with open(path + ".txt", encoding="ascii") as lines:
        for line in lines:
            at_s, data = line.split()
            buffer = Gst.Buffer.new_wrapped(bytes.fromhex(data))
            buffer.pts = buffer.dts = int(float(at_s) * Gst.SECOND)
            source.emit("push-buffer", buffer)
    source.emit("end-of-stream")


def guard(server, pair, digest):
    name, password = pair.split(":", 1)
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "user")
    if digest:
        auth.add_digest(name, password, token)
    else:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(name, password), token)
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST if digest else GstRtsp.RTSPAuthMethod.BASIC)
    server.set_auth(auth)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--user")
    parser.add_argument("--digest", action="store_true")
    parser.add_argument("--udp", action="store_true")
    parser.add_argument("--port", default="0")
    parser.add_argument("streams", nargs="+")
    asked = parser.parse_args()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(asked.port)
    if asked.user:
        guard(server, asked.user, asked.digest)
    for pair in asked.streams:
        name, path = pair.split("=", 1)
        server.get_mount_points().add_factory(f"/{name}", factory(path, bool(asked.user), asked.udp))
    server.attach(None)
    print("port", server.get_bound_port(), flush=True)
    loop = GLib.MainLoop()
    GLib.io_add_watch(sys.stdin.fileno(), GLib.PRIORITY_DEFAULT, GLib.IO_HUP | GLib.IO_IN, lambda *_: loop.quit())
    loop.run()


main()
