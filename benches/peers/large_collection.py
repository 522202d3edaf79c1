#!/usr/bin/env python3
"""The same large collection in Anki's own backend, for the figures beside ours in docs/performance.md.

    cargo bench --bench collection -- --keep /tmp/collection
    python3 -m venv /tmp/anki && /tmp/anki/bin/pip install anki
    /tmp/anki/bin/python benches/peers/large_collection.py /tmp/collection/data/sysdrill.db

It reads cards and reviews from our database, writes them into a new collection of Anki's (schema by Anki itself, rows
by SQL, since a million answers through its interface would take an hour), lets Anki check it, and measures through
Anki's public interface: open and first queued card, answer and next card, the statistics screen's data for all time.
"""

import json
import os
import sqlite3
import statistics
import sys
import tempfile
import time

from anki.collection import Collection

ROUNDS = 15
ANSWERS = 1_000
DAY = 86_400


def build(source: str, path: str) -> tuple[int, int]:
    """Writes the collection. Days of Anki are counted from the collection's creation."""
    col = Collection(path)
    col.set_config("fsrs", True)
    deck = col.decks.get_config(1)
    deck["rev"]["perDay"] = 9999
    deck["new"]["perDay"] = 9999
    col.decks.update_config(deck)
    model = col.models.by_name("Basic")["id"]
    today = col.sched.today
    col.close()

    ours = sqlite3.connect(source)
    now = int(time.time())
    newest = ours.execute("SELECT max(day) FROM event WHERE kind = 'review'").fetchone()[0]
    # Their today is ours: all days move by the same number.
    shift = (now // DAY - newest) * DAY * 1000
    oldest = ours.execute("SELECT min(at) FROM event WHERE kind = 'review'").fetchone()[0]
    created = (oldest + shift) // 1000 // DAY * DAY - 30 * DAY
    theirs = sqlite3.connect(path)
    theirs.create_collation("unicase", lambda a, b: (a.lower() > b.lower()) - (a.lower() < b.lower()))
    theirs.execute("UPDATE col SET crt = ?", [created])
    today = now // DAY - created // DAY
    numbers = {}
    rows = ours.execute(
        "SELECT id, due, stability, difficulty, last_at, reps, lapses, phase FROM card ORDER BY id"
    )
    for number, (card, due, stability, difficulty, last, reps, lapses, phase) in enumerate(rows):
        id = 1_500_000_000_000 + number
        numbers[card] = id
        due_day = due if phase == 2 else newest
        ivl = max(1, due_day - (last // 1000 // DAY))
        data = json.dumps({"s": round(stability, 4), "d": round(difficulty, 3), "dr": 0.9,
                           "lrt": (last + shift) // 1000})
        theirs.execute(
            "INSERT INTO notes VALUES (?, ?, ?, ?, -1, '', ?, ?, 0, 0, '')",
            [id, f"g{number}", model, now, f"What is {card}?\x1fIt is card {number}.", f"What is {card}?"],
        )
        theirs.execute(
            "INSERT INTO cards VALUES (?, ?, 1, 0, ?, -1, 2, 2, ?, ?, 2500, ?, ?, 0, 0, 0, 0, ?)",
            [id, id, now, today + due_day - newest, ivl, reps, lapses, data],
        )
    used = 0
    reviews = ours.execute(
        "SELECT e.card, e.at, r.grade, r.took, r.before_phase, r.after_due, r.after_phase, e.day "
        "FROM event e JOIN review r ON r.event = e.seq ORDER BY e.at"
    )
    count = 0
    for card, at, grade, took, before, due, after, day in reviews:
        used = max(used + 1, at + shift)
        kind = {0: 0, 1: 0, 2: 1, 3: 2}[before]
        ivl = due - day if after == 2 else -600
        theirs.execute(
            "INSERT INTO revlog VALUES (?, ?, -1, ?, ?, 0, 2500, ?, ?)", [used, numbers[card], grade, ivl, took, kind]
        )
        count += 1
    theirs.commit()
    theirs.close()
    return len(numbers), count


def show(name: str, taken: list[float]) -> None:
    taken.sort()
    p99 = taken[round((len(taken) - 1) * 0.99)]
    print(f"{name:<52} median {statistics.median(taken) * 1e3:8.2f} ms  p99 {p99 * 1e3:8.2f} ms")


def main() -> None:
    source = sys.argv[1]
    with tempfile.TemporaryDirectory() as place:
        path = os.path.join(place, "collection.anki2")
        cards, reviews = build(source, path)
        print(f"Anki: {cards} cards, {reviews} reviews, {os.path.getsize(path) // 1_000_000} MB")
        col = Collection(path)
        problems, sound = col.fix_integrity()
        print("check:", "sound" if sound else "not sound", problems.strip().splitlines()[:3])
        col.close()
        taken = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            col = Collection(path)
            queue = col.sched.get_queued_cards(fetch_limit=1)
            taken.append(time.perf_counter() - start)
            due = queue.review_count + queue.learning_count
            col.close()
        show(f"open, and the first queued card ({due} due)", taken)
        col = Collection(path)
        taken = []
        queue = col.sched.get_queued_cards(fetch_limit=1)
        for number in range(ANSWERS):
            if not queue.cards:
                break
            queued = queue.cards[0]
            card = col.get_card(queued.card.id)
            card.start_timer()
            rating = 0 if number % 8 == 0 else 2
            start = time.perf_counter()
            answer = col.sched.build_answer(card=card, states=queued.states, rating=rating)
            col.sched.answer_card(answer)
            queue = col.sched.get_queued_cards(fetch_limit=1)
            taken.append(time.perf_counter() - start)
        show(f"answer, next card ({len(taken)})", taken)
        taken = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            col._backend.graphs(search="", days=0)
            taken.append(time.perf_counter() - start)
        show("statistics, all time", taken)
        taken = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            col.sched.deck_due_tree()
            taken.append(time.perf_counter() - start)
        show("counts of all decks", taken)
        col.close()


if __name__ == "__main__":
    main()
