"""Camera passwords across export and import: a masked URL means "keep what is stored"."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from streams.errors import BadSite
from streams.site import CameraSpec, Site
from streams.urls import MASK, without_credentials


def masked_site(site: Site) -> Site:
    cameras = tuple(c.model_copy(update={"url": without_credentials(c.url)}) for c in site.camera)
    return site.model_copy(update={"camera": cameras})


def with_stored_credentials(site: Site, stored: Mapping[str, str]) -> Site:
    """`site` with each masked URL filled in from `stored` (camera id → URL). Raises `BadSite` where it cannot be."""
    faults: list[str] = []
    cameras: list[CameraSpec] = []
    for camera in site.camera:
        url = _filled(camera.url, stored.get(camera.id))
        if url is None:
            faults.append(
                f"  camera {camera.id}: its url has {MASK} in place of credentials, and none are stored for "
                "this camera at this address; write the user and password"
            )
        cameras.append(camera if url is None else camera.model_copy(update={"url": url}))
    if faults:
        raise BadSite(f"{len(faults)} fault(s):\n" + "\n".join(faults))
    return site.model_copy(update={"camera": tuple(cameras)})


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
