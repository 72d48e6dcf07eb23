"""Loads a running service with people who search, complete, make pictures and write: `make load`.

Every answer is judged by its content. A key is taken from TROUVERE_API_KEYS, the seed from LOAD_SEED.
"""

from __future__ import annotations

import os
import time
from functools import partial
from itertools import count
from random import Random
from typing import Any
from uuid import uuid4

from locust import FastHttpUser, between, task

from tests.load import checks, vocabulary
from tests.load.asker import NOT_FOUND, Asker, key_headers
from tests.load.stream import Refused, posted

LIMIT = 20
SUGGESTIONS = 8
PAGES = 3
NUMBERS = count()
SEED = int(os.environ.get("LOAD_SEED", "1"))
TOO_MANY = 429

Body = dict[str, Any]


class Person(FastHttpUser):
    """Anybody: a connection and choices of their own, the same in every run with the same seed."""

    abstract = True

    def on_start(self) -> None:
        self.rng = Random(f"{SEED} {next(NUMBERS)}")
        self.asker = Asker(self.client, self.environment.events.request)

    def search(self, name: str, check: Any = None, **fields: Any) -> Body | None:
        """Search, judge the page, and whatever else `check` asks."""

        def judge(body: Body) -> None:
            checks.page(body, fields.get("limit", LIMIT))
            if check is not None:
                check(body)

        return self.asker.ask("POST", "/v1/search", f"search: {name}", {"limit": LIMIT, **fields}, judge)


class Searcher(Person):
    """Looks for something, narrows it, pages on, asks for more like it."""

    weight = 10
    wait_time = between(0.3, 1.5)

    @task(10)
    def one_word(self) -> None:
        word = vocabulary.concept(self.rng)
        self.search("a word", partial(checks.found, word=word), query=word)

    @task(5)
    def two_words(self) -> None:
        query = vocabulary.phrase(self.rng)
        self.search("two words", partial(checks.found, word=query.split()[0]), query=query)

    @task(3)
    def a_slip(self) -> None:
        typed, _ = vocabulary.misspelt(self.rng)
        self.search("a typo", lambda body: checks.expect(body["hits"], f"nothing for {typed!r}"), query=typed)

    @task(4)
    def narrow(self) -> None:
        word = vocabulary.concept(self.rng)
        field = "category"
        wide = self.search("facets", partial(checks.facets, field=field), query=word, facets=[field])
        if wide is None:
            return
        value = self.rng.choice(wide["facets"][field])["value"]
        tree = {"eq": {field: value}}
        self.search("filtered", partial(checks.filtered, category=value), query=word, filter=tree)

    @task(2)
    def page_on(self) -> None:
        body = self.search("page 1", query=vocabulary.concept(self.rng), limit=10)
        pages: list[Body] = []
        while body is not None and len(pages) < PAGES:
            pages.append(body)
            cursor = body.get("next_cursor")
            if cursor is None or len(pages) == PAGES:
                return
            body = self.search(
                "next page",
                lambda following: checks.continues([*pages, following]),
                cursor=cursor,
                limit=10,
            )

    @task(2)
    def more_like_one(self) -> None:
        body = self.search("before like", query=vocabulary.concept(self.rng))
        if body is None or not body["hits"]:
            return
        item = self.rng.choice(body["hits"])["id"]
        self.search("like", partial(checks.unlike_itself, item_id=item), like=item)

    @task(2)
    def click(self) -> None:
        body = self.search("before click", query=vocabulary.concept(self.rng))
        if body is None or not body["hits"]:
            return
        position = self.rng.randrange(len(body["hits"]))
        event = {
            "id": uuid4().hex,
            "type": "click",
            "item": body["hits"][position]["id"],
            "position": position + 1,
            "request_id": body["request_id"],
        }
        self.asker.ask("POST", "/v1/events", "click", event, partial(checks.recorded, times=1))
        self.asker.ask("POST", "/v1/events", "the same click", event, partial(checks.recorded, times=0))


class Typist(Person):
    """Types a word letter by letter and looks at the completions of each."""

    weight = 4
    wait_time = between(0.5, 2.0)

    @task
    def type_a_word(self) -> None:
        word = vocabulary.concept(self.rng)
        typed = ""

        def judge(body: Body) -> None:
            checks.suggestions(body, SUGGESTIONS)
            if typed == word:
                checks.completes(body, word)

        for typed in vocabulary.prefixes(word):
            self.asker.ask("GET", f"/v1/suggest?q={typed}&limit={SUGGESTIONS}", "suggest", check=judge)
            time.sleep(self.rng.uniform(0.08, 0.2))


class Maker(Person):
    """Asks for pictures, watches them appear, and sometimes thinks better of it."""

    weight = 1
    wait_time = between(1.0, 4.0)

    @task(3)
    def watch_it_appear(self) -> None:
        self._make("make", cancel=False)

    @task(1)
    def think_better_of_it(self) -> None:
        self._make("make, then cancel", cancel=True)

    def _make(self, name: str, *, cancel: bool) -> None:
        body = {
            "prompt": vocabulary.phrase(self.rng),
            "seed": self.rng.randrange(2**31),
            "stream": True,
            "partial_images": 2,
            "save": False,
        }
        started = time.perf_counter()
        try:
            with posted(self.host or "", "/v1/images/generations", body, key_headers()) as events:
                self._watch(name, started, events, cancel=cancel)
        except Refused as refusal:
            if refusal.status == TOO_MANY and refusal.retry_after_s is not None:
                self.asker.timed(f"{name}: told to wait", started)
                time.sleep(min(refusal.retry_after_s, 30.0))
            else:
                self.asker.timed(name, started, refusal)
        except (checks.WrongAnswer, KeyError, ValueError, OSError) as error:
            self.asker.timed(name, started, error)

    def _watch(self, name: str, started: float, events: Any, *, cancel: bool) -> None:
        seen: list[str] = []
        for event in events:
            seen.append(event.name)
            if event.name.endswith(".started") and cancel:
                self.asker.ask("DELETE", f"/v1/jobs/{event.data['job']}", "cancel a job")
            elif event.name.endswith(".partial_image"):
                checks.picture(event.data["b64_json"])
                if event.data["partial_image_index"] == 0:
                    self.asker.timed(f"{name}: first preview", started)
            elif event.name.endswith(".completed"):
                checks.picture(event.data["b64_json"])
            elif event.name == "error":
                code = event.data["error"]["code"]
                checks.expect(cancel and code == "cancelled", f"{code}: {event.data['error']['message']}")
        checks.expect(
            seen and seen[-1].endswith((".completed", "error")), f"the stream ended after {seen[-3:]}"
        )
        self.asker.timed(f"{name}: whole", started)


class Writer(Person):
    """Puts an item, finds it at once, takes it away, and no longer finds it."""

    weight = 1
    wait_time = between(1.0, 3.0)

    @task
    def read_what_was_written(self) -> None:
        word = "zq" + uuid4().hex[:10]
        path, title = f"/v1/items/load/{word}", f"{word} {vocabulary.concept(self.rng)}"
        item = {"title": title, "tags": ["load"], "text": "written by the load test"}
        if self.asker.ask("PUT", f"{path}?refresh=true", "put an item", item) is None:
            return
        self.search("what was just put", partial(checks.first_is, item_id=f"load/{word}"), query=word)
        self.asker.ask("GET", path, "get an item", check=partial(checks.titled, title=title))
        self.asker.ask("DELETE", f"{path}?refresh=true", "delete an item")
        self.search("what was just deleted", partial(checks.lacks, item_id=f"load/{word}"), query=word)
        self.asker.ask("GET", path, "get what is gone", status=NOT_FOUND)
