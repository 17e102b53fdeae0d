"""REST of this site, as the simulated programs of the demo call it."""

import json
import urllib.request
from typing import Any

TIMEOUT_SECONDS = 10


class Rest:
    """`authorization` is the header's value: `Token …` or `Api-Key …`."""

    def __init__(self, url: str, authorization: str) -> None:
        self._url = url
        self._headers = {"Authorization": authorization, "Content-Type": "application/json"}

    def get(self, path: str) -> Any:
        return self._asked(path, None)

    def post(self, path: str, body: Any) -> Any:
        return self._asked(path, json.dumps(body).encode())

    def _asked(self, path: str, body: bytes | None) -> Any:
        request = urllib.request.Request(  # noqa: S310  # our own address
            f"{self._url}/api/v1/{path}", body, self._headers
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310  # see above
            return json.load(answer)
