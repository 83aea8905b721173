"""feedparser as a filter: a line of JSON in, [media type, document], a line of JSON out, what feedparser made of it.

Sanitising and resolving are off: they rewrite bodies, and what they make of ours is not what is asked here.
"""

import io
import json
import sys
import warnings

import feedparser

for line in sys.stdin:
    media_type, document = json.loads(line)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = feedparser.parse(
            io.BytesIO(document.encode("utf-8")),
            response_headers={"content-type": media_type},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    answer = {
        "bozo": str(result.get("bozo_exception", "")) or bool(result.bozo),
        "warnings": [str(warning.message) for warning in caught],
        "version": result.version,
        "feed": result.feed,
        "entries": result.entries,
    }
    print(json.dumps(answer, default=str), flush=True)
