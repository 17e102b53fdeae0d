"""Bodies of requests: JSON that everything behind can hold and say again."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.utils import json


class BodyParser(JSONParser):
    """Refuses, besides what is no JSON, what is nested too deeply and halves of characters."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        encoding = (parser_context or {}).get("encoding", settings.DEFAULT_CHARSET)
        try:
            text = stream.read().decode(encoding)
            found = json.loads(text, parse_constant=json.strict_constant)
            if "\\ud" in text.lower():
                # Half of a surrogate pair is JSON, but no encoding has it.
                json.dumps(found, ensure_ascii=False).encode()
        except ValueError as error:
            raise ParseError(f"JSON parse error - {error}") from None
        except RecursionError:
            raise ParseError("JSON parse error - nested too deeply") from None
        return found
