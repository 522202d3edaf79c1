//! What must hold of the reader after every step, whatever the person did.

use std::sync::Arc;

use sysdrill::app::learned::Learned;
use sysdrill::app::live::LiveBlock;
use sysdrill::app::reader::pick::Thing;
use sysdrill::app::reader::{Focus, Origin, Reading, outline};
use sysdrill::app::{Model, Tab, layout};
use sysdrill::doc::{self, Document, Page};
use sysdrill::store::Store;

use super::files;

/// What the focus was on, to tell whether it wanders: of which document, and which link or note.
pub type Focused = Option<(Arc<Document>, Focus, String)>;

/// The page that is open. `anew` has it laid out once more, which is dear.
pub fn page(model: &Model, anew: bool) {
    let Some(reading) = model.reader.open.as_deref() else { return };
    let page = &reading.page;
    let lines = page.lines.len();
    assert_eq!(page.source.len(), lines);
    assert!(reading.top < lines.max(1), "top {} of {lines} lines", reading.top);
    if page.is_complete() {
        assert!(
            reading.top <= lines.saturating_sub(reading.height()),
            "empty lines below the end: top {} of {lines}, {} in sight",
            reading.top,
            reading.height()
        );
    } else {
        assert!(reading.top + reading.height() <= lines, "what is in sight is not laid out");
    }
    let incomplete_focus = !page.is_complete() && !focus_is_there(reading, page);
    let whole = (anew || incomplete_focus).then(|| reading.laid_out_anew());
    if let Some(whole) = &whole {
        same_as_anew(page, whole);
    }
    assert!(focus_is_there(reading, whole.as_ref().unwrap_or(page)), "no such focus: {:?}", reading.focus);
    assert!(!reading.entered || matches!(reading.focus, Some(Focus::Live(_))), "entered {:?}", reading.focus);
    if let Some(cursor) = reading.cursor {
        let rows = outline::rows(&model.library, reading);
        assert!(
            rows.get(cursor).is_some_and(outline::Row::leads),
            "the cursor is at {cursor} of {}",
            rows.len()
        );
    }
    zoom(model, reading);
    pick(reading);
    find(reading);
    for stand in model.reader.back.iter().chain(&model.reader.forward) {
        if let (Origin::File(one), Origin::File(open)) = (&stand.origin, &reading.origin)
            && one.path.is_some()
            && one.path == open.path
        {
            assert_eq!(one.text, open.text, "the way back leads to a text that has changed");
        }
    }
    assert!(model.reader.back.len() <= 200);
}

/// The page is the one that is laid out at once, as far as it goes.
fn same_as_anew(page: &Page, whole: &Page) {
    if page.is_complete() {
        for (at, (one, other)) in page.lines.iter().zip(&whole.lines).enumerate() {
            assert_eq!(one, other, "line {at}");
        }
        assert!(page == whole, "the page is another one than laid out at once: {page:?}\n{whole:?}");
    } else {
        assert_eq!(page.lines[..], whole.lines[..page.lines.len().min(whole.lines.len())]);
    }
}

fn focus_is_there(reading: &Reading, page: &Page) -> bool {
    match reading.focus {
        None => true,
        Some(Focus::Link(link)) => link < page.links.len(),
        Some(Focus::Note(note)) => note < page.references.len(),
        Some(Focus::Fold(fold)) => page.folds.iter().any(|placed| placed.fold == fold),
        Some(Focus::Live(live)) => {
            page.live.iter().any(|slot| slot.live == live)
                && reading.live.get(&live).is_some_and(LiveBlock::takes_keys)
        }
    }
}

fn zoom(model: &Model, reading: &Reading) {
    let Some(zoom) = &reading.zoom else { return };
    let (width, height) = layout::zoomed(model.frame().body);
    let lines = zoom.page.lines.len();
    assert!(doc::zoom(&reading.document, zoom.block).is_some(), "no block {:?}", zoom.block);
    let last = lines.saturating_sub(usize::from(height));
    assert!(zoom.top <= last, "from line {} of {lines}, {height} in sight", zoom.top);
    let widest = zoom.page.lines.iter().map(doc::Line::width).max().unwrap_or(0);
    let last = widest.saturating_sub(usize::from(width));
    assert!(zoom.left <= last, "from cell {} of {widest}, {width} in sight", zoom.left);
}

fn pick(reading: &Reading) {
    let Some(pick) = &reading.pick else { return };
    assert!(pick.blocks.len() > 1 && pick.blocks.len() <= 26);
    for (line, thing) in &pick.blocks {
        let page = &reading.page;
        let place = match *thing {
            Thing::Code(code) => page.code.iter().find(|c| c.code == code).map(|c| (c.line, c.height)),
            Thing::Table(table) => page.tables.iter().find(|t| t.table == table).map(|t| (t.line, t.height)),
            Thing::Live(live) => {
                page.live.iter().find(|s| s.live == live).map(|s| (s.line, usize::from(s.height)))
            }
        };
        let stands = place.is_some_and(|(first, height)| (first..first + height).contains(line));
        assert!(stands, "{thing:?} is at {place:?} and its letter at {line}");
    }
}

fn find(reading: &Reading) {
    let find = &reading.find;
    assert!(find.at < find.hits.len().max(1), "hit {} of {}", find.at, find.hits.len());
    assert!(find.hits.is_empty() || !find.wanted.is_empty());
    for hit in &find.hits {
        for reach in hit {
            let line = reading.page.lines.get(reach.line);
            assert!(
                line.is_some_and(|line| reach.start <= reach.end && reach.end <= line.width()),
                "{reach:?}"
            );
        }
    }
    assert_eq!(find.field.is_some(), find.from.is_some());
    assert!(find.from.is_none_or(|from| from < reading.page.lines.len().max(1)), "{:?}", find.from);
}

/// What the focus is on.
pub fn focused(model: &Model) -> Focused {
    let reading = model.reader.open.as_deref()?;
    let focus = reading.focus?;
    let what = match focus {
        Focus::Link(link) => reading.page.links.get(link).map(|link| format!("{} {}", link.target, link.url)),
        Focus::Note(note) => reading.page.references.get(note).map(|note| note.number.to_string()),
        Focus::Live(_) | Focus::Fold(_) => None,
    }?;
    Some((Arc::clone(&reading.document), focus, what))
}

/// What has the focus by the same name in the same document is the same.
pub fn focus_stays(before: &Focused, after: &Focused) {
    let (Some((document, focus, what)), Some((same_document, same, other))) = (before, after) else { return };
    if focus == same && Arc::ptr_eq(document, same_document) {
        assert_eq!(what, other, "the focus wandered to something else");
    }
}

/// What the screens go by is what is on disk.
pub fn learned(model: &Model, store: &Store) {
    let kept = Learned::read(store, model.now).expect("the store can be read");
    let shown = &model.learned;
    assert_eq!(shown.read, kept.read);
    let sorted = |learned: &Learned| {
        let mut marks: Vec<_> =
            learned.bookmarks.iter().map(|mark| (mark.topic.clone(), mark.section.clone())).collect();
        marks.sort();
        marks
    };
    assert_eq!(sorted(shown), sorted(&kept));
    let share = |learned: &Learned| {
        let mut all: Vec<_> =
            learned.positions.iter().map(|(slug, p)| (slug.clone(), p.source, p.share)).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    };
    assert_eq!(share(shown), share(&kept));
    assert_eq!(shown.demos, kept.demos);
}

/// What is shown of a file is what was read of it last.
pub fn file_is_new(model: &Model, disk: &files::Disk) {
    let Some(reading) = model.reader.open.as_deref() else { return };
    let Origin::File(file) = &reading.origin else { return };
    let Some(path) = &file.path else { return };
    let version = disk.read.get(path).copied().expect("what is open was read");
    assert!(file.text == files::file(path, version).text, "{} shows an older text", file.name);
}

/// Whether the page takes keys by itself: nothing lies over it and nothing in it has them.
pub fn page_has_keys(model: &Model) -> bool {
    model.overlay.is_none()
        && model.tab == Tab::Library
        && model.reader.open.as_deref().is_some_and(|reading| {
            let free = reading.zoom.is_none() && reading.pick.is_none() && reading.find.field.is_none();
            free && reading.cursor.is_none() && reading.block_with_keys().is_none()
        })
}
