"""The other side of tests/exchange.rs: Anki itself, from the pip package `anki`.

    roundtrip.py check                       exits with 0 where the package can be imported
    roundtrip.py dump FILE...                imports the files one after the other into an empty collection and
                                             prints what is then in it, as JSON
    roundtrip.py convert FILE OUT legacy|new imports FILE and exports all of it as a package with scheduling
    roundtrip.py text FILE OUT               imports FILE and exports its notes as text
    roundtrip.py occlusion FOLDER            makes the package and the text there that hold what a terminal cannot show
    roundtrip.py fixtures FOLDER             makes the packages of tests/data/anki, and what Anki says is in them

Every collection is a new one in a temporary folder.
"""

import datetime
import json
import os
import shutil
import sys
import tempfile

import anki.collection
from anki import import_export_pb2 as messages
from anki.collection import Collection, ExportAnkiPackageOptions, ImportAnkiPackageRequest


def new_collection():
    folder = tempfile.mkdtemp(prefix="sysdrill-anki-")
    return folder, Collection(os.path.join(folder, "collection.anki2"))


def take_in(col, path):
    if path.endswith(".apkg"):
        options = messages.ImportAnkiPackageOptions(with_scheduling=True, with_deck_configs=False, merge_notetypes=False)
        return col.import_anki_package(ImportAnkiPackageRequest(package_path=path, options=options))
    metadata = col.get_csv_metadata(path, None)
    return col.import_csv(messages.ImportCsvRequest(path=path, metadata=metadata))


def give_out(col, path, legacy):
    options = ExportAnkiPackageOptions(with_scheduling=True, with_deck_configs=False, with_media=True, legacy=legacy)
    col.export_anki_package(out_path=path, options=options, limit=None)


def dump(col):
    created = col.db.scalar("select crt from col")
    offset = col.get_config("creationOffset", 0)
    first_day = datetime.date(1970, 1, 1) + datetime.timedelta(days=(created - offset * 60) // 86400)
    decks = {deck.id: deck.name for deck in col.decks.all_names_and_ids()}
    types = {model.id: model.name for model in col.models.all_names_and_ids()}
    notes, cards, answers, names = [], [], [], {}
    for id, guid, mid, tags, flds in col.db.all("select id, guid, mid, tags, flds from notes"):
        notes.append({"guid": guid, "type": types[mid], "tags": tags.split(), "fields": flds.split("\x1f")})
        names[id] = guid
    rows = col.db.all("select id, nid, did, ord, type, queue, due, ivl, reps, lapses, left, flags, data, odue, odid from cards")
    by_card = {}
    for id, nid, did, ord, kind, queue, due, ivl, reps, lapses, left, flags, data, odue, odid in rows:
        due, did = (odue or due, odid) if odid else (due, did)
        data = json.loads(data or "{}")
        if kind == 2 or (kind in (1, 3) and due < 1_000_000_000):
            due = str(first_day + datetime.timedelta(days=due))
        by_card[id] = (names[nid], ord)
        cards.append({
            "guid": names[nid], "ord": ord, "deck": decks[did], "type": kind, "queue": queue, "due": due, "ivl": ivl, "reps": reps,
            "lapses": lapses, "left": left % 1000, "flags": flags, "s": data.get("s"), "d": data.get("d"), "lrt": data.get("lrt"),
        })
    for id, cid, ease, ivl, last, factor, time, kind in col.db.all(
        "select id, cid, ease, ivl, lastIvl, factor, time, type from revlog"
    ):
        guid, ord = by_card[cid]
        answers.append({
            "id": id, "guid": guid, "ord": ord, "ease": ease, "ivl": ivl, "last": last, "factor": factor, "time": time, "type": kind,
        })
    notes.sort(key=lambda note: note["guid"])
    cards.sort(key=lambda card: (card["guid"], card["ord"]))
    answers.sort(key=lambda answer: answer["id"])
    return {"notes": notes, "cards": cards, "answers": answers}


def pass_days(col, days):
    """What was done lies so many days back. Anki keeps its time itself, so the past is moved instead."""
    col.db.execute("update revlog set id = id - ?", days * 86_400_000)
    for id, kind, due, data in col.db.all("select id, type, due, data from cards where type > 0"):
        data = json.loads(data or "{}")
        if "lrt" in data:
            data["lrt"] -= days * 86_400
        due -= days if kind == 2 else days * 86_400
        col.db.execute("update cards set due = ?, data = ? where id = ?", due, json.dumps(data, separators=(",", ":")), id)
    path = col.path
    col.close()
    return Collection(path)


def answer(col, grades):
    """Answers all that is due, with the grades in turn."""
    at = 0
    for _ in range(60):
        queued = col.sched.get_queued_cards()
        if not queued.cards:
            break
        card = col.get_card(queued.cards[0].card.id)
        card.start_timer()
        rating = grades[at % len(grades)] - 1
        col.sched.answer_card(col.sched.build_answer(card=card, states=queued.cards[0].states, rating=rating))
        at += 1
    return col


def add(col, kind, deck, fields, tags=()):
    note = col.new_note(col.models.by_name(kind))
    for at, field in enumerate(fields):
        note.fields[at] = field
    note.tags = list(tags)
    col.add_note(note, col.decks.id(deck))
    return note


def fixtures(folder):
    directory, col = new_collection()
    col.set_config("fsrs", True)
    add(col, "Basic", "Design::Caching", ["What is <b>LRU</b>?", "Least&nbsp;recently used:<br><ul><li>one</li><li>two</li></ul>"], ["x", "y::z"])
    add(col, "Basic", "Design", ["What does \\(O(\\log n)\\) say &lt; nothing?", "<div>lines</div><div>of <i>text</i></div><script>alert(1)</script>"])
    add(col, "Basic (and reversed card)", "Design", ["CDN", "content delivery network"])
    add(col, "Basic (optional reversed card)", "Design", ["TTL", "time to live", ""])
    add(col, "Basic (type in the answer)", "Design::Caching", ["What is the opposite of a hit?", "a miss"])
    add(col, "Cloze", "Design::Caching", ["Adding a node moves {{c1::1/(n+1)::what share}} of {{c2::the keys}}", "with <code>n</code> nodes"])
    add(col, "Basic", "Design::Caching", ["A picture <img src=\"a b.png\">", "[sound:x.mp3] 日本"])
    other = col.models.copy(col.models.by_name("Basic"), add=False)
    other["name"] = "Country"
    other["flds"][0]["name"], other["flds"][1]["name"] = "Country", "Capital"
    other["tmpls"][0]["qfmt"] = "<style>b{}</style>The capital of {{Country}}?"
    other["tmpls"][0]["afmt"] = "{{FrontSide}}<hr id=answer>{{Capital}}"
    col.models.add_dict(other)
    add(col, "Country", "Geography", ["Peru", "Lima"])
    add(col, "Basic", "Design", ["suspended?", "yes"])
    with open(os.path.join(col.media.dir(), "a b.png"), "wb") as file:
        file.write(b"no picture")
    days = [0, 1, 3, 9, 30]
    for at, passed in enumerate(days):
        col = pass_days(col, passed)
        col.decks.set_current(col.decks.id("Design"))
        col = answer(col, [[3], [3, 4, 2], [3, 1], [3, 3, 2, 1, 4], [1, 3]][at])
        # The steps of a minute and of ten are over.
        col.db.execute("update cards set due = due - 2000 where queue = 1")
        path = col.path
        col.close()
        col = Collection(path)
    col.sched.suspend_cards(col.find_cards("suspended"))
    col.set_user_flag_for_cards(1, [col.find_cards("LRU")[0]])
    col.sched.bury_cards([col.find_cards("opposite")[0]], manual=True)
    for name, legacy in [("anki21", True), ("anki21b", False)]:
        give_out(col, os.path.join(folder, f"{name}.apkg"), legacy)
    with open(os.path.join(folder, "expected.json"), "w") as file:
        json.dump(dump(col), file, indent=1, ensure_ascii=False)
        file.write("\n")
    col.export_note_csv(
        out_path=os.path.join(folder, "notes.txt"), limit=None, with_html=True, with_tags=True, with_deck=True, with_notetype=True, with_guid=True
    )
    col.close()
    shutil.rmtree(directory)


def occlusion(folder):
    """What a terminal cannot show: shapes over pictures, and fronts that are nothing but a picture or a sound."""
    directory, col = new_collection()
    kind = col.models.by_name("Image Occlusion")["id"]
    shape = "image-occlusion:rect:left=.{0}:top=.1:width=.2:height=.1:oi=1"
    for picture, count in [("net.png", 3), ("disk.png", 1)]:
        path = os.path.join(directory, picture)
        with open(path, "wb") as file:
            file.write(b"no picture")
        shapes = "<br>".join("{{c%d::%s}}" % (at + 1, shape.format(at + 1)) for at in range(count))
        col.add_image_occlusion_note(
            notetype_id=kind, image_path=path, occlusions=shapes, header="A <b>header</b>", back_extra="What it is", tags=[]
        )
    for front in ['<img src="map.png">', "[sound:bird.mp3]", "Which bird? [sound:bird.mp3]"]:
        add(col, "Basic", "Pictures", [front, "an answer"])
    give_out(col, os.path.join(folder, "occlusion.apkg"), False)
    col.export_note_csv(
        out_path=os.path.join(folder, "occlusion.txt"), limit=None, with_html=True, with_tags=True, with_deck=True, with_notetype=True, with_guid=True
    )
    col.close()
    shutil.rmtree(directory)


def main():
    verb, paths = sys.argv[1], sys.argv[2:]
    if verb == "check":
        return
    if verb == "fixtures":
        return fixtures(paths[0])
    if verb == "occlusion":
        return occlusion(paths[0])
    folder, col = new_collection()
    col.set_config("fsrs", True)
    for path in paths if verb == "dump" else paths[:1]:
        take_in(col, path)
    if verb == "dump":
        json.dump(dump(col), sys.stdout)
    elif verb == "convert":
        give_out(col, paths[1], paths[2] == "legacy")
    elif verb == "text":
        col.export_note_csv(
            out_path=paths[1], limit=None, with_html=True, with_tags=True, with_deck=True, with_notetype=True, with_guid=True
        )
    col.close()
    shutil.rmtree(folder)


main()
