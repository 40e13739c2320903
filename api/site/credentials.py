"""Camera passwords across export and import: a masked URL means "keep what is stored"."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from streams.errors import BadSite
from streams.site import CameraSpec, Site
from streams.sources.urls import MASK, without_credentials

_URLS = ("url", "watch_url")


def masked_site(site: Site) -> Site:
    cameras = tuple(
        camera.model_copy(
            update={name: without_credentials(url) for name in _URLS if (url := getattr(camera, name)) is not None}
        )
        for camera in site.camera
    )
    return site.model_copy(update={"camera": cameras})


def with_stored_credentials(site: Site, stored: Mapping[str, CameraSpec]) -> Site:
    """`site` with each masked URL filled in from `stored` (by camera id). Raises `BadSite` where it cannot be."""
    faults: list[str] = []
    cameras: list[CameraSpec] = []
    for camera in site.camera:
        filled: dict[str, str] = {}
        for name in _URLS:
            given = getattr(camera, name)
            if given is None:
                continue
            url = _filled(given, _stored_for(stored.get(camera.id), name))
            if url is None:
                faults.append(
                    f"  camera {camera.id}: its {name} has {MASK} in place of credentials, and none are stored for "
                    "this camera at this address; write the user and password"
                )
            else:
                filled[name] = url
        cameras.append(camera.model_copy(update=filled))
    if faults:
        raise BadSite(f"{len(faults)} fault(s):\n" + "\n".join(faults))
    return site.model_copy(update={"camera": tuple(cameras)})


def _stored_for(camera: CameraSpec | None, name: str) -> str | None:
    """The stored address of that name; of a sub-stream that was never given, the main one, whose host it shares."""
    return None if camera is None else getattr(camera, name) or camera.url


def _filled(url: str, stored: str | None) -> str | None:
    if MASK not in url:
        return url
    if stored is None:
        return None
    if without_credentials(stored) == url:
        return stored
    return _moved(url, stored)


def _moved(url: str, stored: str) -> str | None:
    """The stored user and password at another path of the same host: never at another host, which could be anyone's."""
    asked, kept = urlsplit(url), urlsplit(stored)
    userinfo, _, host = asked.netloc.rpartition("@")
    kept_userinfo, _, kept_host = kept.netloc.rpartition("@")
    if userinfo != MASK or not kept_userinfo or (asked.scheme, host) != (kept.scheme, kept_host):
        return None
    if MASK in asked.path + asked.query + asked.fragment:
        return None
    return asked._replace(netloc=f"{kept_userinfo}@{host}").geturl()
